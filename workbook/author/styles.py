"""Palette and cell formats of the shipped workbooks: one font, one restrained palette, one meaning for each colour."""

from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from workbook.author.brand import Brand

FONT = Brand().font
NAVY = Brand().primary
TEAL = Brand().accent
SKY = "#8FB8C6"
AMBER = "#C98A2B"
CLAY = "#B4553C"
SLATE = "#5F6F7F"
SAND = "#D9CBB0"
MOSS = "#7B9A6A"
RULE = "#C9D1D9"
WASH = "#F2F5F8"
INPUT_FILL = "#FFF9E3"
INPUT_INK = "#1F4FBF"
LINK_INK = "#2E7D4F"
GREY_INK = "#7A8591"
GOOD_FILL = "#E3F1E7"
BAD_FILL = "#F7D9D3"
BAD_INK = "#A12B17"

OPTION_COLOURS = {
    "onprem": NAVY,
    "cloud": TEAL,
    "api": AMBER,
    "seat": CLAY,
    "lease": SKY,
    "colo": SLATE,
    "hybrid": MOSS,
}
SERIES_COLOURS = (NAVY, SLATE, AMBER, SKY, TEAL, MOSS, SAND, CLAY)

NUMBER_FORMATS = {
    "money": '#,##0;-#,##0;"\N{EN DASH}"',
    "price": '#,##0.00;-#,##0.00;"\N{EN DASH}"',
    "fine": '#,##0.0000;-#,##0.0000;"\N{EN DASH}"',
    "whole": '#,##0;-#,##0;"\N{EN DASH}"',
    "number": '#,##0.00;-#,##0.00;"\N{EN DASH}"',
    "change": "+0.0%;-0.0%;0.0%",
    "rate": '0.0%;-0.0%;"\N{EN DASH}"',
    "factor": '0.0000;-0.0000;"\N{EN DASH}"',
    "ratio": '0.00"x"',
    "flag": '0;-0;"·"',
    "year": '"Year "0',
    "purchase": '"Purchase of year "0',
    "input_rate": "0.0#%",
    "input_fine": "#,##0.0000",
    "input_price": "#,##0.00",
    "input_whole": "#,##0",
    "date": "yyyy-mm-dd",
    "plain": "General",
    "plain_price": "#,##0.####",
    "figure": "[>=100]#,##0;[<=-100]-#,##0;0.####",
    "text": "@",
}

HAIRLINE: dict[str, Any] = {"bottom": 1, "bottom_color": "#E9EDF1"}
TOTAL_EDGE: dict[str, Any] = {"top": 1, "top_color": NAVY, "bg_color": WASH}

LOOKS: dict[str, dict[str, Any]] = {
    "calc": {"font_color": "#000000"},
    "link": {"font_color": LINK_INK},
    "input": {"font_color": INPUT_INK, "bg_color": INPUT_FILL, "border": 1, "border_color": RULE, "locked": False},
    "stated": {"font_color": INPUT_INK, "bg_color": INPUT_FILL},
    "total": {"bold": True, **TOTAL_EDGE},
    "result": {"bold": True, "font_color": NAVY},
    "label": {},
    "unit": {"font_color": GREY_INK},
    "note": {"font_color": GREY_INK, "italic": True, "font_size": 9},
    "title": {"bold": True, "font_size": 20, "font_color": NAVY},
    "subtitle": {"font_size": 10, "font_color": GREY_INK},
    "header": {"bold": True, "font_color": "#FFFFFF", "bg_color": NAVY},
    "section": {"bold": True, "font_size": 12, "font_color": NAVY, "bottom": 1, "bottom_color": TEAL},
    "body": {"text_wrap": True, "valign": "top"},
    "lead": {"text_wrap": True, "valign": "vcenter", "font_size": 13, "font_color": NAVY, "bold": True},
    "tile_label": {"font_color": GREY_INK, "font_size": 11, "bg_color": WASH, "align": "left", "indent": 1},
    "tile_value": {"bold": True, "font_size": 22, "font_color": NAVY, "bg_color": WASH, "align": "left", "indent": 1},
    "tile_note": {"font_color": GREY_INK, "font_size": 9, "bg_color": WASH, "align": "left", "indent": 1},
    "cell": {"bottom": 1, "bottom_color": RULE},
    "light": {"bold": True, "font_size": 12, "align": "left"},
}


@dataclass
class Styles:
    """The formats of one workbook, each made once."""

    book: Workbook
    brand: Brand = field(default_factory=Brand)
    made: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    @property
    def font(self) -> str:
        """Name of the one font."""
        return self.brand.font

    def colour(self, colour: str) -> str:
        """Return what the brand has in place of a colour of the palette."""
        return {NAVY: self.brand.primary, TEAL: self.brand.accent}.get(colour, colour)

    def get(self, look: str, kind: str = "", **more: Any) -> Format:  # noqa: ANN401  values of XlsxWriter's properties
        """Return the format of a look (what the cell is) and a kind (how its number is written)."""
        properties = {"font_name": self.font, "font_size": 10, "valign": "vcenter"} | LOOKS[look] | more
        properties = {key: self.colour(value) if isinstance(value, str) else value for key, value in properties.items()}
        if kind:
            properties["num_format"] = NUMBER_FORMATS[kind]
            # a figure too wide for its column gets smaller instead of turning into ###
            if kind != "purchase":
                properties.setdefault("shrink", True)
        key = (("kind", kind), *sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(properties)
            self.made[key].kind = kind  # prices lose their decimals in some currencies, see translated.py
        return self.made[key]
