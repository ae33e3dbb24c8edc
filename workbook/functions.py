"""The worksheet functions, one line each. Excel, LibreOffice, the shell, the help and the tests read this table."""

from engine import (
    catalog,
    costs,
    depreciation,
    finance,
    finetuning,
    memory,
    meta,
    prices,
    serving,
    sizing,
    tco,
    throughput,
    training,
)
from engine.analysis import (
    breakeven,
    cash,
    confidence,
    investment,
    montecarlo,
    payback,
    selector,
    sensitivity,
    sizingband,
    stress,
)
from workbook import lasterror
from workbook.registry import Function, function

FUNCTIONS: tuple[Function, ...] = (
    function("TCO_CATALOG", catalog.field, "TCO catalogue", example='=TCO_CATALOG("gpu","h100-sxm","tdp_w")'),
    function(
        "TCO_CATALOG_IDS",
        catalog.ids,
        "TCO catalogue",
        returns_table=True,
        example='=TCO_CATALOG_IDS("gpu","h100")',
    ),
    function("TCO_API_PRICE", prices.api_price, "TCO catalogue", example='=TCO_API_PRICE("gpt-4-turbo","output")'),
    function("TCO_WEIGHTS_GB", memory.weights_gb, "TCO sizing", example='=TCO_WEIGHTS_GB(405,"int4")'),
    function("TCO_KV_BYTES", memory.kv_bytes, "TCO sizing", example='=TCO_KV_BYTES("llama-3.1-70b")'),
    function("TCO_DEMAND", costs.demand, "TCO sizing", example="=TCO_DEMAND(50000,25,16)"),
    function(
        "TCO_THROUGHPUT",
        throughput.throughput,
        "TCO sizing",
        example='=TCO_THROUGHPUT("llama-3.1-70b","h100-sxm",4,"fp8")',
    ),
    function("TCO_SIZING", sizing.sizing, "TCO sizing", returns_table=True, example='=TCO_SIZING(Assumptions,"it_kw")'),
    function("TCO_CALIBRATE", serving.calibrate, "TCO sizing", example="=TCO_CALIBRATE(Assumptions,2500,64)"),
    function("TCO_GPUS", sizing.gpus, "TCO sizing", example="=TCO_GPUS(Assumptions)"),
    function("TCO_NODES", sizing.nodes, "TCO sizing", example="=TCO_NODES(Assumptions)"),
    function("TCO_ONPREM", tco.onprem, "TCO options", returns_table=True, example="=TCO_ONPREM(Assumptions)"),
    function("TCO_CLOUD", tco.cloud, "TCO options", returns_table=True, example='=TCO_CLOUD(Assumptions,"rental")'),
    function("TCO_API", tco.api, "TCO options", returns_table=True, example='=TCO_API(Assumptions,"per_user_month")'),
    function("TCO_SEAT", tco.seat, "TCO options", returns_table=True, example='=TCO_SEAT(Assumptions,"table")'),
    function(
        "TCO_LEASE", tco.lease, "TCO options", returns_table=True, example='=TCO_LEASE(Assumptions,"lease_advantage")'
    ),
    function("TCO_COLO", tco.colo, "TCO options", returns_table=True, example='=TCO_COLO(Assumptions,"colocation")'),
    function(
        "TCO_HYBRID", tco.hybrid, "TCO options", returns_table=True, example='=TCO_HYBRID(Assumptions,"own_gpus")'
    ),
    function("TCO_FLOWS", tco.flows, "TCO options", returns_table=True, example='=TCO_FLOWS(Assumptions,"onprem")'),
    function("TCO_COMPARE", tco.compare, "TCO options", returns_table=True, example="=TCO_COMPARE(Assumptions)"),
    function(
        "TCO_BREAKEVEN",
        breakeven.breakeven,
        "TCO analysis",
        example='=TCO_BREAKEVEN(Assumptions,"api","onprem","queries_per_user_day")',
    ),
    function(
        "TCO_PAYBACK_MONTHS",
        payback.payback_months,
        "TCO analysis",
        example='=TCO_PAYBACK_MONTHS(Assumptions,"onprem","cloud")',
    ),
    function(
        "TCO_TORNADO",
        sensitivity.tornado,
        "TCO analysis",
        returns_table=True,
        example='=TCO_TORNADO(Assumptions,"onprem","tco",20%)',
    ),
    function(
        "TCO_MONTECARLO",
        montecarlo.montecarlo,
        "TCO analysis",
        returns_table=True,
        example='=TCO_MONTECARLO(Assumptions,"onprem","tco",1000,1)',
    ),
    function(
        "TCO_CHEAPEST",
        montecarlo.cheapest,
        "TCO analysis",
        returns_table=True,
        example='=TCO_CHEAPEST(Assumptions,"tco",1000,1)',
    ),
    function(
        "TCO_INVESTMENT",
        investment.investment,
        "TCO analysis",
        returns_table=True,
        example='=TCO_INVESTMENT(Assumptions,"onprem","cloud","irr")',
    ),
    function(
        "TCO_SCENARIOS",
        selector.scenarios,
        "TCO analysis",
        returns_table=True,
        example='=TCO_SCENARIOS(Assumptions,Scenarios,"tco")',
    ),
    function("TCO_STRESS", stress.stress, "TCO analysis", returns_table=True, example="=TCO_STRESS(Assumptions)"),
    function(
        "TCO_UTILISATION",
        stress.utilisation,
        "TCO analysis",
        returns_table=True,
        example='=TCO_UTILISATION(Assumptions,"per_mtok")',
    ),
    function("TCO_API_FLIP", stress.api_flip, "TCO analysis", example='=TCO_API_FLIP(Assumptions,"onprem")'),
    function(
        "TCO_API_FLIP_YEARS",
        stress.api_flip_years,
        "TCO analysis",
        example='=TCO_API_FLIP_YEARS(Assumptions,"onprem",20%)',
    ),
    function(
        "TCO_SIZING_BAND",
        sizingband.sizing_band,
        "TCO analysis",
        returns_table=True,
        example="=TCO_SIZING_BAND(Assumptions)",
    ),
    function(
        "TCO_CASH_NEED", cash.cash_need, "TCO analysis", returns_table=True, example="=TCO_CASH_NEED(Assumptions)"
    ),
    function(
        "TCO_COMMITTED",
        cash.committed,
        "TCO analysis",
        returns_table=True,
        example='=TCO_COMMITTED(Assumptions,"cloud","at_start")',
    ),
    function("TCO_PRE_TAX", cash.pre_tax, "TCO analysis", returns_table=True, example="=TCO_PRE_TAX(Assumptions)"),
    function(
        "TCO_CONFIDENCE",
        confidence.confidence,
        "TCO analysis",
        returns_table=True,
        example='=TCO_CONFIDENCE(Assumptions,"onprem","low")',
    ),
    function("TCO_SCOPE", confidence.scope, "TCO analysis", returns_table=True, example="=TCO_SCOPE(Assumptions)"),
    function("TCO_POWER", costs.power, "TCO costs", example="=TCO_POWER(22400,1296,0.083)"),
    function("TCO_LICENCE", costs.licence, "TCO costs", example="=TCO_LICENCE(80,18000,5,3)"),
    function("TCO_FTE", costs.fte, "TCO costs", example="=TCO_FTE(20,20,10%,100%)"),
    function(
        "TCO_CAPITAL_FACTOR", finance.capital_factor, "TCO finance", example='=TCO_CAPITAL_FACTOR("annuity",8%,3,6%)'
    ),
    function("TCO_USD_PER_MTOK", costs.usd_per_mtok, "TCO costs", example="=TCO_USD_PER_MTOK(0.36,2000)"),
    function("TCO_QUERY_COST", costs.query_cost, "TCO costs", example="=TCO_QUERY_COST(1000,500,10,30)"),
    function("TCO_NPV", finance.npv, "TCO finance", example="=TCO_NPV(8%,B2:B7)"),
    function("TCO_WACC", finance.wacc, "TCO finance", example="=TCO_WACC(60%,40%,11%,5%,30%)"),
    function("TCO_CAPM", finance.capm, "TCO finance", example="=TCO_CAPM(4%,1.2,5%)"),
    function("TCO_CRF", finance.crf, "TCO finance", example="=TCO_CRF(8%,3)"),
    function("TCO_EAC", finance.eac, "TCO finance", example="=TCO_EAC(1000,8%,3)"),
    function(
        "TCO_DEPRECIATION", depreciation.depreciation, "TCO finance", example='=TCO_DEPRECIATION(100000,5,2,"macrs")'
    ),
    function("TCO_PAYBACK", finance.payback, "TCO finance", example="=TCO_PAYBACK(B2:B7)"),
    function("TCO_TRAIN_FLOPS", training.train_flops, "TCO training", example="=TCO_TRAIN_FLOPS(405,15000)"),
    function("TCO_TRAIN_DAYS", training.train_days, "TCO training", example="=TCO_TRAIN_DAYS(405,15000,16000,989)"),
    function(
        "TCO_TRAIN_COST",
        training.train_cost,
        "TCO training",
        example='=TCO_TRAIN_COST(8,15000,1024,"h100-sxm",0.4,"rent",2)',
    ),
    function("TCO_CLUSTER_CAPEX", training.cluster_capex, "TCO training", example="=TCO_CLUSTER_CAPEX(16000,30000)"),
    function(
        "TCO_TRAIN_GOODPUT", training.train_goodput, "TCO training", example="=TCO_TRAIN_GOODPUT(16384,45566,0.25,5)"
    ),
    function(
        "TCO_TRAIN_COMPARE",
        training.train_compare,
        "TCO training",
        returns_table=True,
        example='=TCO_TRAIN_COMPARE(405,15000,16000,"h100-sxm",2.5,30000,0.083)',
    ),
    function("TCO_FINETUNE_GB", finetuning.finetune_gb, "TCO training", example='=TCO_FINETUNE_GB(405,"bf16")'),
    function(
        "TCO_FINETUNE_GPUS",
        finetuning.finetune_gpus,
        "TCO training",
        example='=TCO_FINETUNE_GPUS(70.6,"h100-sxm","lora")',
    ),
    function(
        "TCO_FINETUNE_GPU_HOURS",
        finetuning.finetune_gpu_hours,
        "TCO training",
        example='=TCO_FINETUNE_GPU_HOURS(8,0.01,"h100-sxm","lora")',
    ),
    function(
        "TCO_FINETUNE_COMPARE",
        finetuning.finetune_compare,
        "TCO training",
        returns_table=True,
        example='=TCO_FINETUNE_COMPARE(70.6,0.1,"h100-sxm",2.5,30000,0.1)',
    ),
    function(
        "TCO_ACTIVATION_GB",
        finetuning.activation_gb,
        "TCO training",
        example='=TCO_ACTIVATION_GB("llama-3.1-8b",8192)',
    ),
    function("TCO_VERSION", meta.version, "TCO help", example="=TCO_VERSION()"),
    function("TCO_LAST_ERROR", lasterror.last_error, "TCO help", example="=TCO_LAST_ERROR(B5)"),
)

FUNCTIONS_BY_NAME = {f.name: f for f in FUNCTIONS}
