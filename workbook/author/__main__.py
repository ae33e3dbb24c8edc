"""Write the shipped templates: ``python -m workbook.author [FOLDER] [--brand FILE]``."""

import argparse
from pathlib import Path

from workbook.author import analyst, brand, offer, proposal
from workbook.languages import LANGUAGES

TEMPLATES = Path(__file__).parents[2] / "templates"


def main() -> None:
    """Write every template into a folder, by default ``templates`` beside the packages."""
    parser = argparse.ArgumentParser(prog="python -m workbook.author", description="Write the shipped templates.")
    parser.add_argument("folder", nargs="?", type=Path, default=TEMPLATES)
    parser.add_argument("--brand", type=Path, default=TEMPLATES / "brand.toml", help="name, colours, font and logo")
    asked = parser.parse_args()
    look = brand.read(asked.brand)
    asked.folder.mkdir(parents=True, exist_ok=True)
    for code, language in LANGUAGES.items():
        (asked.folder / f"proposal_{code}.xlsx").write_bytes(proposal.build(language, look))
        (asked.folder / f"offer_{code}.xlsx").write_bytes(offer.build(language))
    (asked.folder / "assumptions.xlsx").write_bytes(analyst.build())


if __name__ == "__main__":
    main()
