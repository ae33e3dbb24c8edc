"""Write the shipped templates: ``python -m workbook.author [FOLDER]``."""

import sys
from pathlib import Path

from workbook.author import analyst, proposal


def main() -> None:
    """Write every template into a folder, by default ``templates`` beside the packages."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "proposal_en.xlsx").write_bytes(proposal.build())
    (folder / "assumptions.xlsx").write_bytes(analyst.build())


if __name__ == "__main__":
    main()
