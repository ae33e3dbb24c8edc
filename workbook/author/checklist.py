"""What the sheet Checks checks: the workbook against itself and against the engine."""

from dataclasses import dataclass

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from workbook.author import assumptions, chartdata
from workbook.author.cashflow import MEASURES
from workbook.author.grid import CONSTANT, FIRST, TOTAL, YEAR_0, YEAR_15, Model, TimeSheet
from workbook.author.options import OPTIONS, Option

COMPARED_MEASURES = ("tco", "npv", "total", "capex", "opex", "per_user_month")

SHARES = (
    "in_response_cache_hit",
    "in_api_cached_share",
    "in_api_batch_share",
    "in_cloud_admin_saving",
    "in_residual_rate",
    "in_load_factor",
)


@dataclass(frozen=True)
class Check:
    """One check: a value that equals, or does not exceed, another; formulas name rows as sheets of years do."""

    id: str
    label: str
    note: str
    value: str
    expected: str = "=0"
    at_most: bool = False
    option: str = ""
    engine: str = ""
    """Name of the cell with the engine's figure, which is then what is expected."""
    applies: str = ""
    """Condition under which the check means anything."""


@dataclass(frozen=True)
class Edition:
    """What the checks of a workbook differ in.

    Attributes
    ----------
    without_source : str
        Formula that counts the inputs in use without a source.
    fresh : str
        Condition under which the engine's figures belong to the inputs as they stand; empty: always.
    remark : str
        Formula of the text beside the overall light; empty: what the light means.
    more : tuple of Check
        Checks of this workbook alone.
    """

    without_source: str
    fresh: str = ""
    remark: str = ""
    more: tuple[Check, ...] = ()
    live: bool = False
    """Whether the fleet follows the inputs instead of standing as the engine stated it."""


FRESH = "out_inputs_changed=0"


def proposal_edition() -> Edition:
    """Return the edition of a proposal: once an input is changed, what the engine stated is older than the rest."""
    inputs, sources = _source_columns()
    remark = (
        '=IF(out_inputs_changed=0,"1 in the cell at the right when every check below passes",'
        'IF(out_inputs_changed=1,"One input has been changed since delivery: checks against the engine rest",'
        'out_inputs_changed&" inputs have been changed since delivery: checks against the engine rest"))'
    )
    return Edition(f'=SUMPRODUCT(({inputs}<>"")*({sources}=""))', FRESH, remark, stated_checks())


def stated_checks() -> tuple[Check, ...]:
    """Return the checks of what sheets Questions and Sensitivity state."""
    cheapest = "+".join(f"(out_{o.id}_rank=1)*out_{o.id}_tco" for o in OPTIONS)
    return (
        Check(
            "stated_tco",
            "Sensitivity starts from the TCO",
            "stated TCO of the cheapest option against the sheets",
            "=out_stated_tco",
            f"={cheapest}",
            applies=f'AND({FRESH},out_stated_tco<>"")',
        ),
        *checks_of_questions(),
    )


def checks_of_questions() -> tuple[Check, ...]:
    """Return the checks of what sheet Questions states."""
    compared = "+".join(f"out_{o.id}_compared*out_{o.id}_tco" for o in OPTIONS)
    return (
        Check(
            "stated_options",
            "Stated costs as planned = TCO of the options",
            "sums over the options compared",
            "=SUM(INDEX(blk_stress,0,1))",
            f"={compared}",
            applies=f"AND({FRESH},COUNT(blk_stress)>0)",
        ),
        Check(
            "odds",
            "Probabilities of being cheapest sum to 1",
            "over the options compared",
            "=SUM(INDEX(blk_odds,0,1))",
            "=1",
            applies="COUNT(blk_odds)>0",
        ),
    )


def of_option(option: Option, model: Model) -> list[Check]:
    """Return the checks of an option."""
    o = option.id
    lines = "+".join(f"[{o}_{line.id}@F]" for line in option.lines)
    later = {key: model.years(f"{o}_{key}", YEAR_0 + 1) for key in ("dated", "flowing")}
    present = (
        f"=[{o}_cash@H]+NPV(in_wacc,{later['dated']})"
        f'+NPV(in_wacc,{later["flowing"]})*IF(in_timing="mid",(1+in_wacc)^k_half,1)'
    )
    engine = [
        Check(
            f"{o}_{m}",
            f"{MEASURES[m][0]} = engine",
            "native formulas against the engine's own calculation",
            f"=out_{o}_{m}",
            option=o,
            engine=f"out_engine_{o}_{m}",
        )
        for m in COMPARED_MEASURES
    ]
    return [
        *engine,
        Check(
            f"{o}_lines",
            "Lines sum to the total",
            "sum of line totals against sum of yearly totals",
            f"={lines}",
            f"=[{o}_total@F]",
            option=o,
        ),
        Check(
            f"{o}_present_value",
            "Present value = NPV function",
            "discount factors against NPV()",
            f"=[{o}_pv@F]",
            present,
            option=o,
        ),
        Check(
            f"{o}_parts",
            "Parts of the TCO sum to it",
            "by line against by year (mode npv)",
            f"=out_{o}_tco",
            f'=IF(in_capital_mode="npv",[{o}_pv@F],out_{o}_total+{f"[{o}_capital@F]" if option.charged else "0"})',
            option=o,
        ),
        Check(
            f"{o}_cumulative",
            "Cumulative cash ends at the total",
            "at the end of the horizon",
            f"=SUMPRODUCT({model.years(f'{o}_cumulative')},{model.years('end')})",
            f"=out_{o}_total",
            option=o,
        ),
        Check(
            f"{o}_horizon",
            "No cash outside the horizon",
            "years after the horizon",
            f"=SUMIF({model.years('live')},0,{model.years(f'{o}_cash')})",
            option=o,
        ),
        Check(
            f"{o}_chart",
            "Chart shows the whole TCO",
            "parts in the chart against the TCO",
            f"={_stack_total(o)}",
            f"=out_{o}_tco",
            option=o,
        ),
    ]


def _stack_total(option: str) -> str:
    row = chartdata.STACK_HEADER + 1 + [o.id for o in OPTIONS].index(option)
    return f"{chartdata.SHEET}!{xl_rowcol_to_cell(row, chartdata.FIRST + len(chartdata.GROUPS))}"


def of_workbook(model: Model, edition: Edition) -> list[Check]:
    """Return the checks of the fleet, of capital and of the workbook itself."""
    fleet = "+".join(f"out_{o.id}_compared" for o in OPTIONS if o.id not in {"api", "seat"}) + ">0"
    stated = f"AND({fleet},{edition.fresh})" if edition.fresh else fleet
    owners = "+".join(f"out_{o.id}_compared" for o in OPTIONS if o.id in {"onprem", "lease", "colo"})
    # a hybrid owns what its split says, and instances that are typed are not those of the fleet
    whole = f'{owners}+out_cloud_compared*(in_cloud_instances="")>0'
    rival = "+".join(f"(out_{o.id}_rank=out_rival_rank)*out_{o.id}_npv" for o in OPTIONS)
    own = "out_onprem_compared=1"
    years = model.years
    rented = years("cloud_capacity")
    taxed = "IF(in_tax_rate>0,[acquired@F]+[networked@F],0)"
    errors = "+".join(f"IF(ISERROR(MAX({_figures(s)})),1,0)" for s in model.sheets)  # one error makes the MAX one
    largest = ",".join(f"MAX([{key}:]),-MIN([{key}:])" for key in ("own_at_irr", "rival_at_irr"))
    return [
        Check(
            "stated",
            "Need stated for every year",
            "years of the horizon, years with a stated number of GPUs",
            "=in_horizon",
            "=COUNT(blk_gpus)",
            at_most=True,
            applies=stated if edition.live else fleet,
        ),
        Check(
            "sizing",
            "Stated need = sizing rule",
            "replicas, GPUs and servers, where a capacity is given",
            "=[rule_gap@F]",
            applies=stated,
        ),
        Check(
            "utilisation",
            "Capacity covers the peak",
            "largest utilisation at the peak",
            f"=MAX({years('utilisation')})",
            "=1",
            at_most=True,
            applies=whole,
        ),
        Check(
            "served",
            "A fleet that serves something",
            "years with a demand and no capacity",
            f'=SUMPRODUCT(({years("capacity")}<>"")*({years("capacity")}=0)*({years("demand")}>0))',
            applies=fleet,
        ),
        Check(
            "rented",
            "Rented instances cover the peak",
            "years in which they do not; only where what they serve is known",
            f'=SUMPRODUCT(({rented}<>"")*({rented}<{years("demand")}*(1-k_tolerance)))',
            applies=f"AND(out_cloud_compared=1,{FRESH})",
        ),
        Check(
            "fit",
            "GPUs fit into the servers",
            "years in which they do not",
            f"=IF(in_gpus_per_node>0,SUMPRODUCT(({years('gpus')}>{years('nodes')}*in_gpus_per_node)*1),0)",
            applies=own,
        ),
        Check(
            "bought",
            "GPUs bought for growth = GPUs there",
            "at the end of the horizon",
            "=[grown_gpus@F]",
            f"=SUMPRODUCT({years('gpus')},{years('end')})",
            applies=own,
        ),
        Check(
            "book",
            "Book value + depreciation = cost",
            "tax books at the end of the horizon",
            f"=SUMPRODUCT({years('book')},{years('end')})+[depreciation@F]",
            f"={taxed}",
            applies=own,
        ),
        Check(
            "charged",
            "Capital charges = acquisition x (factor - 1)",
            "modes annuity, book, simple",
            "=[charged@F]",
            f"=SUMPRODUCT({years('acquired')}*({years('capital_factor')}-1))",
            applies=own,
        ),
        Check(
            "residual",
            "Residual value not above the hardware",
            "at the end of the horizon",
            "=[resale@F]",
            "=[hardware@F]",
            at_most=True,
            applies=own,
        ),
        Check(
            "investment",
            "Saving of own servers = difference of the NPV",
            "by year against by option",
            "=out_rival_npv",
            f"={rival}-out_onprem_npv",
            applies="out_has_rival=1",
        ),
        Check(
            "irr",
            "Both options are worth the same at the IRR",
            "difference of the present values at the stated rate, over their largest term",
            f"=([own_at_irr@F]-[rival_at_irr@F])/(1+MAX({largest}))",
            applies=f"AND(ISNUMBER(out_stated_irr),{FRESH})",
        ),
        Check(
            "shares",
            "Shares lie between 0 and 1",
            "largest of the shares typed",
            f"=MAX({','.join(SHARES)})",
            "=1",
            at_most=True,
        ),
        Check("sources", "Every input has a source", "inputs in use without one", edition.without_source),
        *edition.more,
        Check("errors", "No error values", "sheets of years with an error in a cell", f"={errors}"),
    ]


def _figures(sheet: TimeSheet) -> str:
    """Return the cells of a sheet of years that hold figures: constants, totals and years, not the units between."""
    parts = ((CONSTANT, CONSTANT), (TOTAL, YEAR_15))
    return ",".join(f"{sheet.name}!{xl_range_abs(FIRST, first, sheet.last, last)}" for first, last in parts)


def _source_columns() -> tuple[str, str]:
    rows = f"{assumptions.HEADER + 2}:${{0}}${assumptions.last_input_row()}"
    return tuple(f"{assumptions.SHEET}!${c}${rows.format(c)}" for c in "CE")  # type: ignore[return-value]
