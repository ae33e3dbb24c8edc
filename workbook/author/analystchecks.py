"""Checks of the analyst's workbook alone: its inputs, prices, scenarios and what its sheets state of the last run."""

from xlsxwriter.utility import xl_range_abs

from workbook.author import analystsensitivity, inputsheet, logsheet, pricesheet, scenarios, summary
from workbook.author.checklist import FRESH, Check, Edition, checks_of_questions
from workbook.author.grid import Model
from workbook.author.options import OPTIONS
from workbook.inputtable import GENERATED
from workbook.scenarios import CUSTOMER
from workbook.sensitivity import STATISTICS

REMARK = (
    '=IF(out_inputs_changed=0,"1 in the cell at the right when every check below passes",out_inputs_changed&'
    '" changed since the last run: checks against the engine rest")'
)


def edition(model: Model) -> Edition:
    """Return what its checks differ in: the engine's figures are those of the last run, and there are more of them."""
    numbers = (inputsheet.BASE, inputsheet.IN_USE, inputsheet.SOURCE)
    base, in_use, sources = (inputsheet.column(number) for number in numbers)
    customer = f'(sel_Scenario="{CUSTOMER}")*({scenarios.column(scenarios.TYPED)}<>"")'
    bare = f'SUMPRODUCT(({in_use}<>"")*({in_use}<>0)*({sources}="")*({customer}=0))'
    ours = f'{sources},"{GENERATED.strip()}*"'  # of a value that was blank at the last run
    stale = f'COUNTIFS({base},"?*",{base},"<>auto",{ours})+COUNTIFS({base},">0",{ours})'
    more = (*_inputs(), *_fleet(model), *_money(), *_stated())
    return Edition(f"={bare}+{stale}", FRESH, REMARK, more, live=True)


def _inputs() -> tuple[Check, ...]:
    in_use, sources, as_of = (
        inputsheet.column(number) for number in (inputsheet.IN_USE, inputsheet.SOURCE, inputsheet.AS_OF)
    )
    missing = "+".join(
        f'IF(AND(ISNUMBER(SEARCH("{option.id}",in_options)),out_engine_{option.id}_tco=""),1,0)' for option in OPTIONS
    )
    bare = f'{sources},"?*",{sources},"<>default*",{sources},"<>{GENERATED}*",{as_of},""'
    undated = "=" + "+".join(f'COUNTIFS({in_use},"{some}",{bare})' for some in (">0", "<0", "?*"))
    return (
        Check(
            "rows",
            "Rows of the inputs stand as the model reads them",
            "rows that have been moved or sorted",
            logsheet.moved_rows(),
        ),
        Check(
            "computed",
            "Every option asked for is computed",
            "options without a figure of the engine: see the warnings, or run llm-tco summary",
            f"={missing}",
        ),
        Check("dates", "Every source has a date", "sources of inputs in use without one, defaults apart", undated),
        Check(
            "customer",
            "The customer's figures have source and date",
            "figures on sheet Scenarios without one of them",
            scenarios.unsourced(),
        ),
        Check(
            "prices",
            "No price in use is too old",
            "prices older than sheet Prices allows",
            pricesheet.too_old(),
        ),
        Check("hours", "Active hours fit into a day", "hours", "=in_active_hours", "=k_hours_day", at_most=True),
    )


def _fleet(model: Model) -> tuple[Check, ...]:
    fleet = "out_onprem_compared+out_cloud_compared>0"
    memory = "in_gpus_per_replica*INDEX(INDEX(blk_prices_gpu,0,COLUMN($C$1)),MATCH(in_gpu,lst_gpu,0))"
    beyond = "+".join(
        f"SUMPRODUCT(({model.years(row)}>MAX(in_{role}_fte_min,in_{role}_fte_max))*1)"
        f"+SUMPRODUCT(({model.years(row)}<0)*1)"
        for row, role in (("sysadmin_fte", "sysadmin"), ("ml_fte", "ml"))
    )
    return (
        Check(
            "memory",
            "The GPUs of a replica hold the weights",
            "GB that are missing; weights as of the last run",
            f"=MAX(0,blk_weights_gb-{memory})",
            applies=f"AND({fleet},ISNUMBER(blk_weights_gb),in_gpus_per_replica>0,COUNTIF(lst_gpu,in_gpu)>0,{FRESH})",
        ),
        Check("fte", "Staff within its limits", "years below none or above the most", f"={beyond}"),
    )


def _money() -> tuple[Check, ...]:
    relief = "+".join(f"[{o.id}_tax_shield@F]" for o in OPTIONS)
    all_else = "+".join(f"[{o.id}_total@F]-[{o.id}_tax_shield@F]" for o in OPTIONS)
    units = "INDEX(blk_measures,0,COLUMN($C$1))"
    foreign = f'COUNTIF({units},"???")-COUNTIF({units},in_currency)'
    return (
        Check(
            "shield",
            "Tax relief = tax rate x all that is deducted",
            "by the end everything has been deducted, the residual value taxed",
            f"={relief}",
            f"=-in_tax_rate*({all_else})",
            applies="in_tax_rate>0",
        ),
        Check(
            "currency",
            "One currency, converted once",
            "rate 1 between two currencies, a rate to the same, figures of the last run in another",
            f'=IF(in_currency="USD",IF(AND(in_fx_rate<>"",in_fx_rate<>1),1,0),IF(in_fx_rate=1,1,0))+IF({FRESH},{foreign},0)',
        ),
    )


def _stated() -> tuple[Check, ...]:
    page = f"{summary.SHEET}!$D${summary.LIST[0]}:$D${summary.LIST[-1]}"
    engine = "+".join(f"N(out_engine_{o.id}_tco)" for o in OPTIONS)
    native = "+".join(f"IF(out_{o.id}_compared=1,out_{o.id}_tco,0)" for o in OPTIONS)
    asked = "+".join(f'IF(sel_Option="{o.id}",out_{o.id}_tco,0)' for o in OPTIONS)
    row = analystsensitivity.RISK + 1 + STATISTICS.index("probability")
    odds = xl_range_abs(row, analystsensitivity.FIRST, row, analystsensitivity.FIRST + len(OPTIONS) - 1)
    heads = xl_range_abs(scenarios.HEADER, scenarios.BASE, scenarios.HEADER, scenarios.TYPED)
    inputs = xl_range_abs(inputsheet.HEADER + 1, inputsheet.ID, inputsheet.last_row() - 1, inputsheet.VALUE)
    first, last = summary.LIST[0], summary.LIST[-1]
    others = (
        f"{inputsheet.SHEET}!{inputs}",
        f"{scenarios.SHEET}!{xl_range_abs(scenarios.HEADER + 1, scenarios.BASE, scenarios.last(), scenarios.AS_OF)}",
        f"{summary.SHEET}!$B${first}:$M${last}",
    )
    return (
        Check("summary", "Summary = engine", "sum of the costs it shows", f"=SUM({page})", f"={engine}", applies=FRESH),
        Check(
            "scenario",
            "Cost by scenario = cost in use",
            "sum over the options, column of the scenario in use",
            f"=SUMPRODUCT(({scenarios.SHEET}!{heads}=sel_Scenario)*1,{scenarios.sums()})",
            f"={native}",
            applies=FRESH,
        ),
        Check(
            "sensitivity",
            "Sensitivity starts from the cost in use",
            "measure tco",
            "=blk_sens_base",
            f"={asked}",
            applies=f'AND({FRESH},sel_Measure="tco",INDEX(blk_sens_run,1,1)=sel_Option,ISNUMBER(blk_sens_base))',
        ),
        Check(
            "sensitivity_odds",
            "Probabilities of sheet Sensitivity sum to 1",
            "over the options compared",
            f"=SUM({analystsensitivity.SHEET}!{odds})",
            "=1",
            applies=f"COUNT({analystsensitivity.SHEET}!{odds})>0",
        ),
        *checks_of_questions(),
        Check(
            "errors_inputs",
            "No error values on Inputs, Scenarios and Summary",
            "cells with an error",
            "=" + "+".join(f"SUMPRODUCT(ISERROR({cells})*1)" for cells in others),
        ),
    )
