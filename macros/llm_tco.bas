Attribute VB_Name = "llm_tco"
' Generated from the function table by llm-tco build: do not edit.
Option Explicit

Public Function TCO_CATALOG(ByVal table As Variant, ByVal id As Variant, ByVal field As Variant, Optional ByVal as_of As Variant) As Variant
Attribute TCO_CATALOG.VB_Description = "Figure or text of the catalogue."
Attribute TCO_CATALOG.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CATALOG = TcoCall("TCO_CATALOG", Array(table, id, field, as_of))
End Function

Public Function TCO_CATALOG_IDS(ByVal table As Variant, Optional ByVal contains As Variant) As Variant
Attribute TCO_CATALOG_IDS.VB_Description = "Column of the ids of a table."
Attribute TCO_CATALOG_IDS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CATALOG_IDS = TcoCall("TCO_CATALOG_IDS", Array(table, contains))
End Function

Public Function TCO_API_PRICE(ByVal model As Variant, Optional ByVal direction As Variant, Optional ByVal as_of As Variant, Optional ByVal prompt_tokens As Variant) As Variant
Attribute TCO_API_PRICE.VB_Description = "Price of a token API."
Attribute TCO_API_PRICE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_API_PRICE = TcoCall("TCO_API_PRICE", Array(model, direction, as_of, prompt_tokens))
End Function

Public Function TCO_WEIGHTS_GB(ByVal model As Variant, Optional ByVal precision As Variant) As Variant
Attribute TCO_WEIGHTS_GB.VB_Description = "Memory that the weights of a model take."
Attribute TCO_WEIGHTS_GB.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_WEIGHTS_GB = TcoCall("TCO_WEIGHTS_GB", Array(model, precision))
End Function

Public Function TCO_KV_BYTES(ByVal model As Variant, Optional ByVal precision As Variant) As Variant
Attribute TCO_KV_BYTES.VB_Description = "Key-value cache of one token."
Attribute TCO_KV_BYTES.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_KV_BYTES = TcoCall("TCO_KV_BYTES", Array(model, precision))
End Function

Public Function TCO_DEMAND(ByVal users As Variant, ByVal queries_per_user_day As Variant, Optional ByVal active_hours As Variant, Optional ByVal peak_factor As Variant, _
        Optional ByVal cache_hit As Variant) As Variant
Attribute TCO_DEMAND.VB_Description = "Peak demand: requests per second that reach the servers."
Attribute TCO_DEMAND.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_DEMAND = TcoCall("TCO_DEMAND", Array(users, queries_per_user_day, active_hours, peak_factor, _
        cache_hit))
End Function

Public Function TCO_THROUGHPUT(ByVal model As Variant, ByVal gpu As Variant, Optional ByVal gpus As Variant, Optional ByVal precision As Variant, _
        Optional ByVal prompt_tokens As Variant, Optional ByVal output_tokens As Variant, Optional ByVal concurrency As Variant, Optional ByVal measure As Variant, _
        Optional ByVal engine As Variant) As Variant
Attribute TCO_THROUGHPUT.VB_Description = "Speed and latency of one replica of a model, from a model calibrated on published measurements."
Attribute TCO_THROUGHPUT.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_THROUGHPUT = TcoCall("TCO_THROUGHPUT", Array(model, gpu, gpus, precision, _
        prompt_tokens, output_tokens, concurrency, measure, _
        engine))
End Function

Public Function TCO_SIZING(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_SIZING.VB_Description = "GPUs, nodes, replicas, capacity and power of own servers in year 1, with the 90 % band of modelled figures."
Attribute TCO_SIZING.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_SIZING = TcoCall("TCO_SIZING", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_CALIBRATE(ByVal assumptions As Variant, ByVal measured_tokens_per_s As Variant, Optional ByVal concurrency As Variant, Optional ByVal name1 As Variant, _
        Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, _
        Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_CALIBRATE.VB_Description = "Correction factor from a benchmark of one replica, for the assumption `calibration`."
Attribute TCO_CALIBRATE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CALIBRATE = TcoCall("TCO_CALIBRATE", Array(assumptions, measured_tokens_per_s, concurrency, name1, _
        value1, name2, value2, name3, _
        value3, name4, value4))
End Function

Public Function TCO_GPUS(ByVal assumptions As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, _
        Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, _
        Optional ByVal value4 As Variant) As Variant
Attribute TCO_GPUS.VB_Description = "GPUs of own servers in year 1."
Attribute TCO_GPUS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_GPUS = TcoCall("TCO_GPUS", Array(assumptions, name1, value1, name2, _
        value2, name3, value3, name4, _
        value4))
End Function

Public Function TCO_NODES(ByVal assumptions As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, _
        Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, _
        Optional ByVal value4 As Variant) As Variant
Attribute TCO_NODES.VB_Description = "Nodes of own servers in year 1."
Attribute TCO_NODES.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_NODES = TcoCall("TCO_NODES", Array(assumptions, name1, value1, name2, _
        value2, name3, value3, name4, _
        value4))
End Function

Public Function TCO_ONPREM(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_ONPREM.VB_Description = "Cost of own servers: a measure, the sum of a cost line, or the table of lines by year."
Attribute TCO_ONPREM.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_ONPREM = TcoCall("TCO_ONPREM", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_CLOUD(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_CLOUD.VB_Description = "Cost of rented GPU instances: a measure, the sum of a cost line, or the table of lines by year."
Attribute TCO_CLOUD.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CLOUD = TcoCall("TCO_CLOUD", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_API(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_API.VB_Description = "Cost of tokens from a provider: a measure, the sum of a cost line, or the table of lines by year."
Attribute TCO_API.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_API = TcoCall("TCO_API", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_SEAT(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_SEAT.VB_Description = "Cost of an AI suite per seat: a measure, the sum of a cost line, or the table of lines by year."
Attribute TCO_SEAT.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_SEAT = TcoCall("TCO_SEAT", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_LEASE(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_LEASE.VB_Description = "Cost of own servers that are leased: a measure, the sum of a cost line, or the table of lines by year."
Attribute TCO_LEASE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_LEASE = TcoCall("TCO_LEASE", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_COLO(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_COLO.VB_Description = "Cost of own servers in a rented hall: a measure, the sum of a cost line, or the table of lines by year."
Attribute TCO_COLO.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_COLO = TcoCall("TCO_COLO", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_HYBRID(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_HYBRID.VB_Description = "Cost of own servers for the base load and a provider for its peaks, at the split that costs least."
Attribute TCO_HYBRID.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_HYBRID = TcoCall("TCO_HYBRID", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_FLOWS(ByVal assumptions As Variant, ByVal option_ As Variant, Optional ByVal line As Variant, Optional ByVal name1 As Variant, _
        Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, _
        Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_FLOWS.VB_Description = "Row of years 0..N of one line of an option; costs positive, residual value and tax relief negative."
Attribute TCO_FLOWS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_FLOWS = TcoCall("TCO_FLOWS", Array(assumptions, option_, line, name1, _
        value1, name2, value2, name3, _
        value3, name4, value4))
End Function

Public Function TCO_COMPARE(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_COMPARE.VB_Description = "Compare the options of input `options`: value, ratio to the cheapest, saving of the cheapest against it."
Attribute TCO_COMPARE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_COMPARE = TcoCall("TCO_COMPARE", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_BREAKEVEN(ByVal assumptions As Variant, ByVal option_a As Variant, ByVal option_b As Variant, ByVal input_id As Variant, _
        Optional ByVal low As Variant, Optional ByVal high As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, _
        Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, _
        Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_BREAKEVEN.VB_Description = "Lowest value of an input at which the order of two options changes."
Attribute TCO_BREAKEVEN.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_BREAKEVEN = TcoCall("TCO_BREAKEVEN", Array(assumptions, option_a, option_b, input_id, _
        low, high, measure, name1, _
        value1, name2, value2, name3, _
        value3, name4, value4))
End Function

Public Function TCO_PAYBACK_MONTHS(ByVal assumptions As Variant, ByVal option_a As Variant, ByVal option_b As Variant, Optional ByVal name1 As Variant, _
        Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, _
        Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_PAYBACK_MONTHS.VB_Description = "Months until what option a has cost in all is less than what option b has cost: undiscounted, pre-tax."
Attribute TCO_PAYBACK_MONTHS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_PAYBACK_MONTHS = TcoCall("TCO_PAYBACK_MONTHS", Array(assumptions, option_a, option_b, name1, _
        value1, name2, value2, name3, _
        value3, name4, value4))
End Function

Public Function TCO_TORNADO(ByVal assumptions As Variant, ByVal option_ As Variant, Optional ByVal measure As Variant, Optional ByVal swing As Variant, _
        Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, _
        Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_TORNADO.VB_Description = "Effect of each input on a measure when it alone moves down and up, widest first."
Attribute TCO_TORNADO.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_TORNADO = TcoCall("TCO_TORNADO", Array(assumptions, option_, measure, swing, _
        name1, value1, name2, value2, _
        name3, value3, name4, value4))
End Function

Public Function TCO_MONTECARLO(ByVal assumptions As Variant, ByVal option_ As Variant, Optional ByVal measure As Variant, Optional ByVal runs As Variant, _
        Optional ByVal seed As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, _
        Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, _
        Optional ByVal value4 As Variant) As Variant
Attribute TCO_MONTECARLO.VB_Description = "Mean, standard deviation and percentiles of a measure while inputs with a low and a high vary at random."
Attribute TCO_MONTECARLO.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_MONTECARLO = TcoCall("TCO_MONTECARLO", Array(assumptions, option_, measure, runs, _
        seed, name1, value1, name2, _
        value2, name3, value3, name4, _
        value4))
End Function

Public Function TCO_CHEAPEST(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal runs As Variant, Optional ByVal seed As Variant, _
        Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, _
        Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_CHEAPEST.VB_Description = "Probability of each option to be the cheapest while inputs with a low and a high vary at random."
Attribute TCO_CHEAPEST.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CHEAPEST = TcoCall("TCO_CHEAPEST", Array(assumptions, measure, runs, seed, _
        name1, value1, name2, value2, _
        name3, value3, name4, value4))
End Function

Public Function TCO_INVESTMENT(ByVal assumptions As Variant, ByVal option_a As Variant, ByVal option_b As Variant, Optional ByVal measure As Variant, _
        Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, _
        Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_INVESTMENT.VB_Description = "Option a instead of option b as an investment: savings by year, net present value, rate of return, funding."
Attribute TCO_INVESTMENT.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_INVESTMENT = TcoCall("TCO_INVESTMENT", Array(assumptions, option_a, option_b, measure, _
        name1, value1, name2, value2, _
        name3, value3, name4, value4))
End Function

Public Function TCO_SCENARIOS(ByVal assumptions As Variant, ByVal table As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, _
        Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, _
        Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_SCENARIOS.VB_Description = "Cost of every option in every scenario of a table, side by side."
Attribute TCO_SCENARIOS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_SCENARIOS = TcoCall("TCO_SCENARIOS", Array(assumptions, table, measure, name1, _
        value1, name2, value2, name3, _
        value3, name4, value4))
End Function

Public Function TCO_STRESS(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_STRESS.VB_Description = "Cost of every option as planned, with half and twice the demand, and with half the token prices."
Attribute TCO_STRESS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_STRESS = TcoCall("TCO_STRESS", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_UTILISATION(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_UTILISATION.VB_Description = "Cost of every option when the hardware of year 1 is used at 5, 25, 50 and 100 % of its capacity."
Attribute TCO_UTILISATION.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_UTILISATION = TcoCall("TCO_UTILISATION", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_API_FLIP(ByVal assumptions As Variant, ByVal option_ As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_API_FLIP.VB_Description = "Level of all token prices, relative to today's, at which the API costs as much as another option."
Attribute TCO_API_FLIP.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_API_FLIP = TcoCall("TCO_API_FLIP", Array(assumptions, option_, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_API_FLIP_YEARS(ByVal assumptions As Variant, ByVal option_ As Variant, Optional ByVal decline As Variant, Optional ByVal name1 As Variant, _
        Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, _
        Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_API_FLIP_YEARS.VB_Description = "Years of steadily falling token prices after which the API costs as much as another option."
Attribute TCO_API_FLIP_YEARS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_API_FLIP_YEARS = TcoCall("TCO_API_FLIP_YEARS", Array(assumptions, option_, decline, name1, _
        value1, name2, value2, name3, _
        value3, name4, value4))
End Function

Public Function TCO_SIZING_BAND(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_SIZING_BAND.VB_Description = "Cost of every option when a replica serves as little, or as much, as the 90 % band of the throughput model says."
Attribute TCO_SIZING_BAND.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_SIZING_BAND = TcoCall("TCO_SIZING_BAND", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_CASH_NEED(ByVal assumptions As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, _
        Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, _
        Optional ByVal value4 As Variant) As Variant
Attribute TCO_CASH_NEED.VB_Description = "Cash that every option needs by year, its largest year, and the peak of the cumulative need."
Attribute TCO_CASH_NEED.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CASH_NEED = TcoCall("TCO_CASH_NEED", Array(assumptions, name1, value1, name2, _
        value2, name3, value3, name4, _
        value4))
End Function

Public Function TCO_COMMITTED(ByVal assumptions As Variant, ByVal option_ As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, _
        Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, _
        Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_COMMITTED.VB_Description = "Amounts of an option that cannot be cancelled: purchases, leases, reserved terms, prepaid and yearly contracts."
Attribute TCO_COMMITTED.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_COMMITTED = TcoCall("TCO_COMMITTED", Array(assumptions, option_, measure, name1, _
        value1, name2, value2, name3, _
        value3, name4, value4))
End Function

Public Function TCO_PRE_TAX(ByVal assumptions As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, _
        Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, _
        Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_PRE_TAX.VB_Description = "Cost of every option before and after tax, side by side, at the same cost of capital."
Attribute TCO_PRE_TAX.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_PRE_TAX = TcoCall("TCO_PRE_TAX", Array(assumptions, measure, name1, value1, _
        name2, value2, name3, value3, _
        name4, value4))
End Function

Public Function TCO_CONFIDENCE(ByVal assumptions As Variant, ByVal option_ As Variant, Optional ByVal measure As Variant, Optional ByVal name1 As Variant, _
        Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, _
        Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, Optional ByVal value4 As Variant) As Variant
Attribute TCO_CONFIDENCE.VB_Description = "Share of an option's cost that rests on figures of low, medium and high confidence, line by line."
Attribute TCO_CONFIDENCE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CONFIDENCE = TcoCall("TCO_CONFIDENCE", Array(assumptions, option_, measure, name1, _
        value1, name2, value2, name3, _
        value3, name4, value4))
End Function

Public Function TCO_SCOPE(ByVal assumptions As Variant, Optional ByVal name1 As Variant, Optional ByVal value1 As Variant, Optional ByVal name2 As Variant, _
        Optional ByVal value2 As Variant, Optional ByVal name3 As Variant, Optional ByVal value3 As Variant, Optional ByVal name4 As Variant, _
        Optional ByVal value4 As Variant) As Variant
Attribute TCO_SCOPE.VB_Description = "Cost lines that each option includes, those that are 0 in this case, and what no option counts."
Attribute TCO_SCOPE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_SCOPE = TcoCall("TCO_SCOPE", Array(assumptions, name1, value1, name2, _
        value2, name3, value3, name4, _
        value4))
End Function

Public Function TCO_POWER(ByVal it_kw As Variant, ByVal hours As Variant, ByVal tariff As Variant, Optional ByVal pue As Variant, _
        Optional ByVal load As Variant) As Variant
Attribute TCO_POWER.VB_Description = "Electricity cost of an IT load and of the facility that cools it."
Attribute TCO_POWER.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_POWER = TcoCall("TCO_POWER", Array(it_kw, hours, tariff, pue, _
        load))
End Function

Public Function TCO_LICENCE(ByVal gpus As Variant, ByVal price As Variant, Optional ByVal term_years As Variant, Optional ByVal horizon_years As Variant) As Variant
Attribute TCO_LICENCE.VB_Description = "Share of software licences per GPU that falls on a horizon."
Attribute TCO_LICENCE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_LICENCE = TcoCall("TCO_LICENCE", Array(gpus, price, term_years, horizon_years))
End Function

Public Function TCO_FTE(ByVal count As Variant, ByVal count_max As Variant, ByVal fte_min As Variant, ByVal fte_max As Variant) As Variant
Attribute TCO_FTE.VB_Description = "People who look after a number of nodes or model instances."
Attribute TCO_FTE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_FTE = TcoCall("TCO_FTE", Array(count, count_max, fte_min, fte_max))
End Function

Public Function TCO_CAPITAL_FACTOR(ByVal mode As Variant, ByVal wacc As Variant, ByVal years As Variant, Optional ByVal benefit As Variant, _
        Optional ByVal life As Variant) As Variant
Attribute TCO_CAPITAL_FACTOR.VB_Description = "Factor on an acquisition that adds the cost of its capital."
Attribute TCO_CAPITAL_FACTOR.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CAPITAL_FACTOR = TcoCall("TCO_CAPITAL_FACTOR", Array(mode, wacc, years, benefit, _
        life))
End Function

Public Function TCO_USD_PER_MTOK(ByVal usd_per_hour As Variant, ByVal tokens_per_s As Variant, Optional ByVal utilisation As Variant) As Variant
Attribute TCO_USD_PER_MTOK.VB_Description = "Cost of a million tokens from hardware paid by the hour."
Attribute TCO_USD_PER_MTOK.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_USD_PER_MTOK = TcoCall("TCO_USD_PER_MTOK", Array(usd_per_hour, tokens_per_s, utilisation))
End Function

Public Function TCO_QUERY_COST(ByVal prompt_tokens As Variant, ByVal output_tokens As Variant, ByVal input_price As Variant, ByVal output_price As Variant, _
        Optional ByVal cached_share As Variant, Optional ByVal cached_price As Variant) As Variant
Attribute TCO_QUERY_COST.VB_Description = "Cost of one query at the prices of a token API."
Attribute TCO_QUERY_COST.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_QUERY_COST = TcoCall("TCO_QUERY_COST", Array(prompt_tokens, output_tokens, input_price, output_price, _
        cached_share, cached_price))
End Function

Public Function TCO_NPV(ByVal wacc As Variant, ByVal flows As Variant, Optional ByVal timing As Variant) As Variant
Attribute TCO_NPV.VB_Description = "Net present value; the first flow is today and is not discounted."
Attribute TCO_NPV.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_NPV = TcoCall("TCO_NPV", Array(wacc, flows, timing))
End Function

Public Function TCO_WACC(ByVal equity As Variant, ByVal debt As Variant, ByVal cost_of_equity As Variant, ByVal cost_of_debt As Variant, _
        Optional ByVal tax As Variant) As Variant
Attribute TCO_WACC.VB_Description = "Weighted average cost of capital, after tax."
Attribute TCO_WACC.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_WACC = TcoCall("TCO_WACC", Array(equity, debt, cost_of_equity, cost_of_debt, _
        tax))
End Function

Public Function TCO_CAPM(ByVal risk_free As Variant, ByVal beta As Variant, ByVal premium As Variant) As Variant
Attribute TCO_CAPM.VB_Description = "Cost of equity by the capital asset pricing model."
Attribute TCO_CAPM.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CAPM = TcoCall("TCO_CAPM", Array(risk_free, beta, premium))
End Function

Public Function TCO_CRF(ByVal rate As Variant, ByVal years As Variant) As Variant
Attribute TCO_CRF.VB_Description = "Capital recovery factor: the yearly payment that repays 1 with interest."
Attribute TCO_CRF.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CRF = TcoCall("TCO_CRF", Array(rate, years))
End Function

Public Function TCO_EAC(ByVal npv As Variant, ByVal rate As Variant, ByVal years As Variant, Optional ByVal timing As Variant) As Variant
Attribute TCO_EAC.VB_Description = "Equivalent annual cost: the level yearly payment worth a net present value, to compare unequal lives."
Attribute TCO_EAC.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_EAC = TcoCall("TCO_EAC", Array(npv, rate, years, timing))
End Function

Public Function TCO_DEPRECIATION(ByVal cost As Variant, ByVal life As Variant, ByVal year As Variant, Optional ByVal method As Variant, _
        Optional ByVal salvage As Variant) As Variant
Attribute TCO_DEPRECIATION.VB_Description = "Depreciation of one asset in one year."
Attribute TCO_DEPRECIATION.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_DEPRECIATION = TcoCall("TCO_DEPRECIATION", Array(cost, life, year, method, _
        salvage))
End Function

Public Function TCO_PAYBACK(ByVal flows As Variant, Optional ByVal rate As Variant) As Variant
Attribute TCO_PAYBACK.VB_Description = "Years until the cumulative flow is back at zero, interpolated inside the year."
Attribute TCO_PAYBACK.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_PAYBACK = TcoCall("TCO_PAYBACK", Array(flows, rate))
End Function

Public Function TCO_TRAIN_FLOPS(ByVal params_b As Variant, ByVal tokens_b As Variant) As Variant
Attribute TCO_TRAIN_FLOPS.VB_Description = "Operations to train a dense transformer: 6 per parameter and token."
Attribute TCO_TRAIN_FLOPS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_TRAIN_FLOPS = TcoCall("TCO_TRAIN_FLOPS", Array(params_b, tokens_b))
End Function

Public Function TCO_TRAIN_DAYS(ByVal params_b As Variant, ByVal tokens_b As Variant, ByVal gpus As Variant, ByVal tflops As Variant, _
        Optional ByVal mfu As Variant, Optional ByVal goodput As Variant) As Variant
Attribute TCO_TRAIN_DAYS.VB_Description = "Days that a cluster needs for a training run."
Attribute TCO_TRAIN_DAYS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_TRAIN_DAYS = TcoCall("TCO_TRAIN_DAYS", Array(params_b, tokens_b, gpus, tflops, _
        mfu, goodput))
End Function

Public Function TCO_TRAIN_COST(ByVal params_b As Variant, ByVal tokens_b As Variant, ByVal gpus As Variant, ByVal gpu As Variant, _
        Optional ByVal mfu As Variant, Optional ByVal measure As Variant, Optional ByVal price As Variant, Optional ByVal power_factor As Variant, _
        Optional ByVal tariff As Variant, Optional ByVal life_years As Variant, Optional ByVal other_share As Variant, Optional ByVal goodput As Variant) As Variant
Attribute TCO_TRAIN_COST.VB_Description = "Cost, energy or duration of a training run in 16 bit on GPUs of the catalogue."
Attribute TCO_TRAIN_COST.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_TRAIN_COST = TcoCall("TCO_TRAIN_COST", Array(params_b, tokens_b, gpus, gpu, _
        mfu, measure, price, power_factor, _
        tariff, life_years, other_share, goodput))
End Function

Public Function TCO_CLUSTER_CAPEX(ByVal gpus As Variant, ByVal gpu_price As Variant, Optional ByVal other_share As Variant) As Variant
Attribute TCO_CLUSTER_CAPEX.VB_Description = "Purchase price of a training cluster from that of its GPUs."
Attribute TCO_CLUSTER_CAPEX.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_CLUSTER_CAPEX = TcoCall("TCO_CLUSTER_CAPEX", Array(gpus, gpu_price, other_share))
End Function

Public Function TCO_TRAIN_GOODPUT(ByVal gpus As Variant, ByVal gpu_mtbf_hours As Variant, ByVal checkpoint_minutes As Variant, ByVal restart_minutes As Variant, _
        Optional ByVal interval_minutes As Variant) As Variant
Attribute TCO_TRAIN_GOODPUT.VB_Description = "Share of the time in which training advances, when interruptions throw it back to its last checkpoint."
Attribute TCO_TRAIN_GOODPUT.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_TRAIN_GOODPUT = TcoCall("TCO_TRAIN_GOODPUT", Array(gpus, gpu_mtbf_hours, checkpoint_minutes, restart_minutes, _
        interval_minutes))
End Function

Public Function TCO_TRAIN_COMPARE(ByVal params_b As Variant, ByVal tokens_b As Variant, ByVal gpus As Variant, ByVal gpu As Variant, _
        ByVal rent_price As Variant, ByVal gpu_price As Variant, ByVal tariff As Variant, Optional ByVal measure As Variant, _
        Optional ByVal mfu As Variant, Optional ByVal goodput As Variant, Optional ByVal utilisation As Variant, Optional ByVal life_years As Variant, _
        Optional ByVal other_share As Variant, Optional ByVal power_factor As Variant) As Variant
Attribute TCO_TRAIN_COMPARE.VB_Description = "Renting GPUs for a training run against owning a cluster that also serves other work."
Attribute TCO_TRAIN_COMPARE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_TRAIN_COMPARE = TcoCall("TCO_TRAIN_COMPARE", Array(params_b, tokens_b, gpus, gpu, _
        rent_price, gpu_price, tariff, measure, _
        mfu, goodput, utilisation, life_years, _
        other_share, power_factor))
End Function

Public Function TCO_FINETUNE_GB(ByVal params_b As Variant, Optional ByVal method As Variant, Optional ByVal trainable_share As Variant) As Variant
Attribute TCO_FINETUNE_GB.VB_Description = "GPU memory of weights, gradients and optimizer states in fine-tuning, without activations."
Attribute TCO_FINETUNE_GB.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_FINETUNE_GB = TcoCall("TCO_FINETUNE_GB", Array(params_b, method, trainable_share))
End Function

Public Function TCO_FINETUNE_GPUS(ByVal params_b As Variant, ByVal gpu As Variant, Optional ByVal method As Variant, Optional ByVal trainable_share As Variant, _
        Optional ByVal activations As Variant, Optional ByVal memory_share As Variant, Optional ByVal gpus_per_node As Variant) As Variant
Attribute TCO_FINETUNE_GPUS.VB_Description = "GPUs that hold a fine-tuning run, its states divided over all of them; beyond one node, whole nodes."
Attribute TCO_FINETUNE_GPUS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_FINETUNE_GPUS = TcoCall("TCO_FINETUNE_GPUS", Array(params_b, gpu, method, trainable_share, _
        activations, memory_share, gpus_per_node))
End Function

Public Function TCO_FINETUNE_GPU_HOURS(ByVal params_b As Variant, ByVal tokens_b As Variant, ByVal gpu As Variant, Optional ByVal method As Variant, _
        Optional ByVal mfu As Variant, Optional ByVal goodput As Variant) As Variant
Attribute TCO_FINETUNE_GPU_HOURS.VB_Description = "GPU-hours of a fine-tuning run in 16 bit; times the price of a GPU-hour they are its rent."
Attribute TCO_FINETUNE_GPU_HOURS.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_FINETUNE_GPU_HOURS = TcoCall("TCO_FINETUNE_GPU_HOURS", Array(params_b, tokens_b, gpu, method, _
        mfu, goodput))
End Function

Public Function TCO_FINETUNE_COMPARE(ByVal params_b As Variant, ByVal tokens_b As Variant, ByVal gpu As Variant, ByVal rent_price As Variant, _
        ByVal gpu_price As Variant, ByVal tariff As Variant, Optional ByVal method As Variant, Optional ByVal measure As Variant, _
        Optional ByVal mfu As Variant, Optional ByVal goodput As Variant, Optional ByVal utilisation As Variant, Optional ByVal life_years As Variant, _
        Optional ByVal other_share As Variant, Optional ByVal power_factor As Variant) As Variant
Attribute TCO_FINETUNE_COMPARE.VB_Description = "Renting GPUs for a fine-tuning run against owning GPUs that also serve other work."
Attribute TCO_FINETUNE_COMPARE.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_FINETUNE_COMPARE = TcoCall("TCO_FINETUNE_COMPARE", Array(params_b, tokens_b, gpu, rent_price, _
        gpu_price, tariff, method, measure, _
        mfu, goodput, utilisation, life_years, _
        other_share, power_factor))
End Function

Public Function TCO_ACTIVATION_GB(ByVal model As Variant, ByVal sequence_tokens As Variant, Optional ByVal sequences As Variant, Optional ByVal recompute As Variant) As Variant
Attribute TCO_ACTIVATION_GB.VB_Description = "GPU memory of what the forward pass keeps for the backward pass, in 16 bit."
Attribute TCO_ACTIVATION_GB.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_ACTIVATION_GB = TcoCall("TCO_ACTIVATION_GB", Array(model, sequence_tokens, sequences, recompute))
End Function

Public Function TCO_VERSION() As Variant
Attribute TCO_VERSION.VB_Description = "Version of the engine that calculates."
Attribute TCO_VERSION.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_VERSION = TcoCall("TCO_VERSION", Array())
End Function

Public Function TCO_LAST_ERROR(Optional ByVal cell As Variant) As Variant
Attribute TCO_LAST_ERROR.VB_Description = "Sentence behind the last error: what, which value, the limit, what to do."
Attribute TCO_LAST_ERROR.VB_ProcData.VB_Invoke_Func = " \n14"
    TCO_LAST_ERROR = TcoCall("TCO_LAST_ERROR", Array(cell))
End Function
