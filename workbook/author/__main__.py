"""Write the shipped templates: ``python -m workbook.author [FOLDER] [--brand FILE]``."""

import argparse
import sys
from functools import partial
from pathlib import Path

from workbook.author import analyst, brand, offer, proposal
from workbook.author.translated import MissingPhrases
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
    builds = {"assumptions.xlsx": analyst.build}
    for code, language in LANGUAGES.items():
        builds |= {
            f"proposal_{code}.xlsx": partial(proposal.build, language, look),
            f"offer_{code}.xlsx": partial(offer.build, language),
        }
    missing = {}
    for name, build in builds.items():
        try:
            (asked.folder / name).write_bytes(build())
        except MissingPhrases as error:  # the others are written, so that work on the English text goes on
            missing[name] = error
    if missing:
        sys.exit("\n".join(f"{name} is not written: {error}" for name, error in missing.items()))


if __name__ == "__main__":
    main()
