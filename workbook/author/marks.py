"""How charts look: one font, thin grid, and series that differ by pattern, dash and marker, not by colour alone."""

from typing import Any

from xlsxwriter.chart import Chart

from workbook.author.styles import GREY_INK, NAVY, OPTION_COLOURS, RULE, SLATE, Styles

DASHES = ("solid", "dash", "solid", "round_dot", "long_dash", "dash_dot", "square_dot")
MARKERS = ("square", "triangle", "circle", "diamond", "x", "star", "plus")
PATTERNS = (
    "",
    "wide_upward_diagonal",
    "",
    "dotted_grid",
    "",
    "light_horizontal",
    "percent_20",
    "wide_downward_diagonal",
)


def font(styles: Styles, **more: Any) -> dict[str, Any]:  # noqa: ANN401  values of XlsxWriter's properties
    """Return the font of axes and legends."""
    return {"name": styles.font, "size": 9, "color": GREY_INK, **more}


def line(styles: Styles, option: str, position: int) -> dict[str, Any]:
    """Return line, dash and marker of an option."""
    colour = styles.colour(OPTION_COLOURS.get(option, SLATE))
    return {
        "line": {"color": colour, "width": 2.25, "dash_type": DASHES[position % len(DASHES)]},
        "marker": {
            "type": MARKERS[position % len(MARKERS)],
            "size": 6,
            "fill": {"color": colour},
            "border": {"color": colour},
        },
    }


def area(colour: str, *, hatched: bool) -> dict[str, Any]:
    """Return the fill of bars; hatched ones stay apart from solid ones in black and white."""
    edge = {"border": {"color": colour, "width": 0.75}}
    if hatched:
        return {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": colour, "bg_color": "#FFFFFF"}, **edge}
    return {"fill": {"color": colour}, **edge}


def stacked(colour: str, position: int) -> dict[str, Any]:
    """Return the fill of a part of a stacked column."""
    pattern = PATTERNS[position % len(PATTERNS)]
    edge = {"border": {"color": "#FFFFFF", "width": 0.5}}
    if pattern:
        return {"pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}, "border": {"color": colour}}
    return {"fill": {"color": colour}, **edge}


def styled(chart: Chart, title: str, styles: Styles, x: str = "", x_format: str = "", y_format: str = "#,##0") -> Chart:
    """Give a chart its title, axes and legend."""
    chart.set_title(
        {
            "name": title,
            "name_font": {"name": styles.font, "size": 11, "bold": True, "color": styles.colour(NAVY)},
            "overlay": False,
            "layout": {"x": 0.02, "y": 0.03},
        }
    )
    axis: dict[str, Any] = {"num_font": font(styles), "line": {"color": RULE}, "major_tick_mark": "none"}
    chart.set_x_axis(
        axis
        | ({"name": x, "name_font": font(styles, bold=False)} if x else {})
        | ({"num_format": x_format} if x_format else {})
        | {"label_position": "low"}
    )
    chart.set_y_axis(
        axis
        | {
            "num_format": y_format,
            "major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.5}},
            "line": {"none": True},
        }
    )
    chart.set_legend({"position": "bottom", "font": font(styles)})
    chart.set_chartarea({"border": {"none": True}})
    return chart
