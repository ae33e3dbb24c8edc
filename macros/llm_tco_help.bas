Attribute VB_Name = "llm_tco_help"
' Generated from the function table by llm-tco build: do not edit.
Option Explicit
Option Private Module

Public Sub TcoDescribe()
    ' Excel refuses for workbooks that are hidden, as add-ins are: then the functions work without these texts.
    Dim WasSaved As Boolean
    WasSaved = ThisWorkbook.Saved
    On Error Resume Next
    Describe_TCO_CATALOG
    Describe_TCO_CATALOG_IDS
    Describe_TCO_API_PRICE
    Describe_TCO_WEIGHTS_GB
    Describe_TCO_KV_BYTES
    Describe_TCO_DEMAND
    Describe_TCO_THROUGHPUT
    Describe_TCO_SIZING
    Describe_TCO_CALIBRATE
    Describe_TCO_GPUS
    Describe_TCO_NODES
    Describe_TCO_ONPREM
    Describe_TCO_CLOUD
    Describe_TCO_API
    Describe_TCO_SEAT
    Describe_TCO_LEASE
    Describe_TCO_COLO
    Describe_TCO_HYBRID
    Describe_TCO_FLOWS
    Describe_TCO_COMPARE
    Describe_TCO_BREAKEVEN
    Describe_TCO_PAYBACK_MONTHS
    Describe_TCO_TORNADO
    Describe_TCO_MONTECARLO
    Describe_TCO_CHEAPEST
    Describe_TCO_INVESTMENT
    Describe_TCO_SCENARIOS
    Describe_TCO_STRESS
    Describe_TCO_UTILISATION
    Describe_TCO_API_FLIP
    Describe_TCO_API_FLIP_YEARS
    Describe_TCO_SIZING_BAND
    Describe_TCO_CASH_NEED
    Describe_TCO_COMMITTED
    Describe_TCO_PRE_TAX
    Describe_TCO_CONFIDENCE
    Describe_TCO_SCOPE
    Describe_TCO_POWER
    Describe_TCO_LICENCE
    Describe_TCO_FTE
    Describe_TCO_CAPITAL_FACTOR
    Describe_TCO_USD_PER_MTOK
    Describe_TCO_QUERY_COST
    Describe_TCO_NPV
    Describe_TCO_WACC
    Describe_TCO_CAPM
    Describe_TCO_CRF
    Describe_TCO_EAC
    Describe_TCO_DEPRECIATION
    Describe_TCO_PAYBACK
    Describe_TCO_TRAIN_FLOPS
    Describe_TCO_TRAIN_DAYS
    Describe_TCO_TRAIN_COST
    Describe_TCO_CLUSTER_CAPEX
    Describe_TCO_TRAIN_GOODPUT
    Describe_TCO_TRAIN_COMPARE
    Describe_TCO_FINETUNE_GB
    Describe_TCO_FINETUNE_GPUS
    Describe_TCO_FINETUNE_GPU_HOURS
    Describe_TCO_FINETUNE_COMPARE
    Describe_TCO_ACTIVATION_GB
    Describe_TCO_LAST_ERROR
    ThisWorkbook.Saved = WasSaved
End Sub

Private Sub Describe_TCO_CATALOG()
    Application.MacroOptions Macro:="TCO_CATALOG", Category:="TCO catalogue", _
        ArgumentDescriptions:=Array( _
        "Table of the catalogue.", _
        "Id of the row in any case, such as h100-sxm; an instance of another region: aws/p5.48xlarge@eu-north-1.", _
        "Column of the table, such as tdp_w; every table has source, as_of and confidence.", _
        "Newest row at or before this date; left out: the newest of all.")
End Sub

Private Sub Describe_TCO_CATALOG_IDS()
    Application.MacroOptions Macro:="TCO_CATALOG_IDS", Category:="TCO catalogue", _
        ArgumentDescriptions:=Array( _
        "Table of the catalogue.", _
        "Only ids that contain this text, in any case; left out: all.")
End Sub

Private Sub Describe_TCO_API_PRICE()
    Application.MacroOptions Macro:="TCO_API_PRICE", Category:="TCO catalogue", _
        ArgumentDescriptions:=Array( _
        "Id in the price book in any case: gpt-4-turbo, or with its provider: openai/gpt-4-turbo.", _
        "Which tokens are billed.", _
        "Day of the price, at 12:00 UTC; left out: the date of the shipped price book, never today.", _
        "Length of the prompt, for models with other prices for long ones; left out: the price of short ones. [token]")
End Sub

Private Sub Describe_TCO_WEIGHTS_GB()
    Application.MacroOptions Macro:="TCO_WEIGHTS_GB", Category:="TCO sizing", _
        ArgumentDescriptions:=Array( _
        "Parameters in billions, or a model of the catalogue, whose architecture then counts. [billion]", _
        "Number format of the weights.")
End Sub

Private Sub Describe_TCO_KV_BYTES()
    Application.MacroOptions Macro:="TCO_KV_BYTES", Category:="TCO sizing", _
        ArgumentDescriptions:=Array( _
        "Model of the catalogue.", _
        "Number format of the cache.")
End Sub

Private Sub Describe_TCO_DEMAND()
    Application.MacroOptions Macro:="TCO_DEMAND", Category:="TCO sizing", _
        ArgumentDescriptions:=Array( _
        "People who use the service. [person]", _
        "Queries of one user on a working day, before the response cache. [1/day]", _
        "Hours over which a working day's queries spread. [h/day]", _
        "Peak over mean load inside the active hours.", _
        "Queries answered from a response cache. [fraction]")
End Sub

Private Sub Describe_TCO_THROUGHPUT()
    Application.MacroOptions Macro:="TCO_THROUGHPUT", Category:="TCO sizing", _
        ArgumentDescriptions:=Array( _
        "Model of the catalogue.", _
        "GPU of the catalogue.", _
        "GPUs that hold one copy of the model. [GPU]", _
        "Number format of the weights.", _
        "Mean length of a prompt. [token]", _
        "Mean length of an answer. [token]", _
        "Requests in flight; left out: as many as memory allows when tuned as benchmarks are. [request]", _
        "Output tokens per second and their 90 % band, requests per second, time to first token and its band, time per output token, time of the whole answer, requests in flight, whether it fits, or what to be careful about.", _
        "Inference engine.")
End Sub

Private Sub Describe_TCO_SIZING()
    Application.MacroOptions Macro:="TCO_SIZING", Category:="TCO sizing", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One figure, or all of them with their units.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_CALIBRATE()
    Application.MacroOptions Macro:="TCO_CALIBRATE", Category:="TCO sizing", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "Output tokens per second of one replica, with the prompts and answers of the assumptions. [1/s]", _
        "Requests in flight of the benchmark; left out: as many as memory allows. [request]", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_GPUS()
    Application.MacroOptions Macro:="TCO_GPUS", Category:="TCO sizing", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_NODES()
    Application.MacroOptions Macro:="TCO_NODES", Category:="TCO sizing", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_ONPREM()
    Application.MacroOptions Macro:="TCO_ONPREM", Category:="TCO options", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as power; or table.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_CLOUD()
    Application.MacroOptions Macro:="TCO_CLOUD", Category:="TCO options", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as rental; or table.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_API()
    Application.MacroOptions Macro:="TCO_API", Category:="TCO options", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as tokens; or table.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_SEAT()
    Application.MacroOptions Macro:="TCO_SEAT", Category:="TCO options", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as seats; or table.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_LEASE()
    Application.MacroOptions Macro:="TCO_LEASE", Category:="TCO options", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; lease_advantage (buying less leasing) or lease_pv, at the after-tax cost of debt; a cost line such as lease; or table.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_COLO()
    Application.MacroOptions Macro:="TCO_COLO", Category:="TCO options", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as colocation; or table.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_HYBRID()
    Application.MacroOptions Macro:="TCO_HYBRID", Category:="TCO options", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; own_replicas, own_gpus or own_share for the split; a cost line such as peaks; or table.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_FLOWS()
    Application.MacroOptions Macro:="TCO_FLOWS", Category:="TCO options", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "Option.", _
        "A cost line, total, capital, discount_factor, present_value or cumulative.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_COMPARE()
    Application.MacroOptions Macro:="TCO_COMPARE", Category:="TCO options", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_BREAKEVEN()
    Application.MacroOptions Macro:="TCO_BREAKEVEN", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "One option.", _
        "The other.", _
        "Id of a numeric assumption, such as users.", _
        "Where the search starts; blank: a hundredth of the value, within the limits. [unit of the input]", _
        "Where it ends; blank: a hundred times the value, within the limits. [unit of the input]", _
        "What is compared.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_PAYBACK_MONTHS()
    Application.MacroOptions Macro:="TCO_PAYBACK_MONTHS", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "The option that costs more at first.", _
        "The option that it is compared with.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_TORNADO()
    Application.MacroOptions Macro:="TCO_TORNADO", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value, and low and high where swing is blank.", _
        "Option.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok, or a cost line.", _
        "Move relative to the value, 20% down and up, kept within the limits of the input; blank: from the column low to the column high. [fraction]", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_MONTECARLO()
    Application.MacroOptions Macro:="TCO_MONTECARLO", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions with the columns id, value, low, high, and where wanted distribution and correlation.", _
        "Option.", _
        "One of tco npv total capex opex eac year1 per_user_month per_query per_mtok, or a cost line.", _
        "Number of runs.", _
        "Start of the random numbers; the same seed gives the same figures.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_CHEAPEST()
    Application.MacroOptions Macro:="TCO_CHEAPEST", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions with the columns id, value, low and high; its `options` are compared.", _
        "What is compared.", _
        "Number of runs.", _
        "Start of the random numbers; the same seed gives the same figures.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_INVESTMENT()
    Application.MacroOptions Macro:="TCO_INVESTMENT", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "The option to invest in.", _
        "What it replaces; next_best: of the other options of input `options` the one with the lowest tco.", _
        "One figure; or the flows by year.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_SCENARIOS()
    Application.MacroOptions Macro:="TCO_SCENARIOS", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value; its `options` are compared.", _
        "Header row id, then the names of the scenarios; below it ids and their values. A blank cell: no change.", _
        "What is shown.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_STRESS()
    Application.MacroOptions Macro:="TCO_STRESS", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value; its `options` are compared.", _
        "What is shown.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_UTILISATION()
    Application.MacroOptions Macro:="TCO_UTILISATION", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value; its `options` are compared.", _
        "What is shown.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_API_FLIP()
    Application.MacroOptions Macro:="TCO_API_FLIP", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "The option to compare with.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_API_FLIP_YEARS()
    Application.MacroOptions Macro:="TCO_API_FLIP_YEARS", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "The option to compare with.", _
        "Yearly fall of all token prices; blank: api_price_decline. [1/yr]", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_SIZING_BAND()
    Application.MacroOptions Macro:="TCO_SIZING_BAND", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value; its `options` are listed.", _
        "What is shown.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_CASH_NEED()
    Application.MacroOptions Macro:="TCO_CASH_NEED", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value; its `options` are listed.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_COMMITTED()
    Application.MacroOptions Macro:="TCO_COMMITTED", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "Option.", _
        "By year; all that is ever committed; what is signed on day one; the most that is owed at the end of a year.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_PRE_TAX()
    Application.MacroOptions Macro:="TCO_PRE_TAX", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value; its `options` are listed.", _
        "What is shown.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_CONFIDENCE()
    Application.MacroOptions Macro:="TCO_CONFIDENCE", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value.", _
        "Option.", _
        "The lines, or the share of one level.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_SCOPE()
    Application.MacroOptions Macro:="TCO_SCOPE", Category:="TCO analysis", _
        ArgumentDescriptions:=Array( _
        "Range of assumptions: id and value; its `options` are listed.", _
        "Id of assumption 1 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 2 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 3 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.", _
        "Id of assumption 4 to replace in this formula.", _
        "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it.")
End Sub

Private Sub Describe_TCO_POWER()
    Application.MacroOptions Macro:="TCO_POWER", Category:="TCO costs", _
        ArgumentDescriptions:=Array( _
        "IT power at full load. [kW]", _
        "Hours of operation. [h]", _
        "Price of energy with grid fees, before VAT. [money/kWh]", _
        "Power usage effectiveness: facility energy over IT energy.", _
        "Mean over full IT power. [fraction]")
End Sub

Private Sub Describe_TCO_LICENCE()
    Application.MacroOptions Macro:="TCO_LICENCE", Category:="TCO costs", _
        ArgumentDescriptions:=Array( _
        "Licensed GPUs. [GPU]", _
        "Price of one licence for its whole term. [money/GPU/term]", _
        "Term of that price. [yr]", _
        "Years to pay for; part of a term counts in proportion. [yr]")
End Sub

Private Sub Describe_TCO_FTE()
    Application.MacroOptions Macro:="TCO_FTE", Category:="TCO costs", _
        ArgumentDescriptions:=Array( _
        "Nodes or instances to look after.", _
        "Count at which `fte_max` is reached.", _
        "People for the first node or instance. [FTE]", _
        "People for `count_max` and any more. [FTE]")
End Sub

Private Sub Describe_TCO_CAPITAL_FACTOR()
    Application.MacroOptions Macro:="TCO_CAPITAL_FACTOR", Category:="TCO finance", _
        ArgumentDescriptions:=Array( _
        "Annuity: level payments; book: interest on the opening book value; simple: interest on the price; npv: price less present benefit; none: 1.", _
        "Cost of capital. [1/yr]", _
        "Years of use. [yr]", _
        "Yearly tax benefit of depreciation as a share of the price. [1/yr]", _
        "Straight-line life of the book value, in mode book; blank: `years`. [yr]")
End Sub

Private Sub Describe_TCO_USD_PER_MTOK()
    Application.MacroOptions Macro:="TCO_USD_PER_MTOK", Category:="TCO costs", _
        ArgumentDescriptions:=Array( _
        "Cost of the hardware. [money/h]", _
        "Throughput at full load. The result is for the tokens that it counts: output, or prompt and output. [token/s]", _
        "Mean over full throughput. [fraction]")
End Sub

Private Sub Describe_TCO_QUERY_COST()
    Application.MacroOptions Macro:="TCO_QUERY_COST", Category:="TCO costs", _
        ArgumentDescriptions:=Array( _
        "Prompt length, context included. [token]", _
        "Length of the answer. [token]", _
        "Price of prompt tokens. [money/Mtok]", _
        "Price of output tokens. [money/Mtok]", _
        "Share of the prompt billed at `cached_price`. [fraction]", _
        "Price of prompt tokens found in the provider's cache; blank: `input_price`. [money/Mtok]")
End Sub

Private Sub Describe_TCO_NPV()
    Application.MacroOptions Macro:="TCO_NPV", Category:="TCO finance", _
        ArgumentDescriptions:=Array( _
        "Discount rate. [1/yr]", _
        "Flows of the years 0, 1, 2, ...; blanks count as 0. [money]", _
        "Whether the flow of year t stands at t or at t - 0.5.")
End Sub

Private Sub Describe_TCO_WACC()
    Application.MacroOptions Macro:="TCO_WACC", Category:="TCO finance", _
        ArgumentDescriptions:=Array( _
        "Market value of equity, or its share. [money]", _
        "Market value of debt, or its share. [money]", _
        "Return that shareholders ask. [1/yr]", _
        "Interest rate of debt, before tax. [1/yr]", _
        "Corporate tax rate, which interest reduces. [fraction]")
End Sub

Private Sub Describe_TCO_CAPM()
    Application.MacroOptions Macro:="TCO_CAPM", Category:="TCO finance", _
        ArgumentDescriptions:=Array( _
        "Return of a riskless bond. [1/yr]", _
        "Sensitivity of the share to the market.", _
        "Market return minus the riskless return. [1/yr]")
End Sub

Private Sub Describe_TCO_CRF()
    Application.MacroOptions Macro:="TCO_CRF", Category:="TCO finance", _
        ArgumentDescriptions:=Array( _
        "Interest or discount rate. [1/yr]", _
        "Number of payments, each at the end of its year. [yr]")
End Sub

Private Sub Describe_TCO_EAC()
    Application.MacroOptions Macro:="TCO_EAC", Category:="TCO finance", _
        ArgumentDescriptions:=Array( _
        "Net present value to spread. [money]", _
        "Discount rate. [1/yr]", _
        "Number of payments. [yr]", _
        "Payments at the end or in the middle of each year.")
End Sub

Private Sub Describe_TCO_DEPRECIATION()
    Application.MacroOptions Macro:="TCO_DEPRECIATION", Category:="TCO finance", _
        ArgumentDescriptions:=Array( _
        "Acquisition cost. [money]", _
        "Depreciation life; for macrs 3, 5, 7, 10, 15 or 20. [yr]", _
        "Year of age, the first is 1; after the end the result is 0. [yr]", _
        "Sln, syd, db, ddb as in Excel; macrs: IRS table A-1, half-year convention, life + 1 years; bonus: all in year 1.", _
        "Value left at the end; macrs ignores it. [money]")
End Sub

Private Sub Describe_TCO_PAYBACK()
    Application.MacroOptions Macro:="TCO_PAYBACK", Category:="TCO finance", _
        ArgumentDescriptions:=Array( _
        "Flows of the years 0, 1, 2, ..., costs negative; blanks count as 0. [money]", _
        "Discount rate; 0 gives the simple payback. [1/yr]")
End Sub

Private Sub Describe_TCO_TRAIN_FLOPS()
    Application.MacroOptions Macro:="TCO_TRAIN_FLOPS", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "Parameters; of a mixture of experts the active ones. [1e9 parameters]", _
        "Tokens of training data. [1e9 tokens]")
End Sub

Private Sub Describe_TCO_TRAIN_DAYS()
    Application.MacroOptions Macro:="TCO_TRAIN_DAYS", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "Parameters; of a mixture of experts the active ones. [1e9 parameters]", _
        "Tokens of training data. [1e9 tokens]", _
        "GPUs of the cluster. [GPU]", _
        "Dense peak of one GPU at the training precision; data sheets often print the double, with sparsity. [TFLOP/s]", _
        "Model FLOPs utilisation: useful over peak operations. [fraction]", _
        "Share of the time in which training advances: TCO_TRAIN_GOODPUT, or as measured. [fraction]")
End Sub

Private Sub Describe_TCO_TRAIN_COST()
    Application.MacroOptions Macro:="TCO_TRAIN_COST", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "Parameters; of a mixture of experts the active ones. [1e9 parameters]", _
        "Tokens of training data. [1e9 tokens]", _
        "GPUs of the cluster. [GPU]", _
        "Catalogue id of the GPU.", _
        "Model FLOPs utilisation: useful over peak operations. [fraction]", _
        "What to return.", _
        "For rent: of one GPU-hour; for capex and amortised: of one GPU. [money]", _
        "Power of the whole site over the GPUs' TDP.", _
        "Price of energy, for energy_cost. [money/kWh]", _
        "Years over which amortised spreads the cluster. [yr]", _
        "Servers, network and site as a share of the whole cluster. [fraction]", _
        "Share of the time in which training advances, interruptions taken off. [fraction]")
End Sub

Private Sub Describe_TCO_CLUSTER_CAPEX()
    Application.MacroOptions Macro:="TCO_CLUSTER_CAPEX", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "GPUs of the cluster. [GPU]", _
        "Price of one GPU. [money/GPU]", _
        "Servers, network and site as a share of the whole cluster. [fraction]")
End Sub

Private Sub Describe_TCO_TRAIN_GOODPUT()
    Application.MacroOptions Macro:="TCO_TRAIN_GOODPUT", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "GPUs of the cluster; the failure of any one stops them all. [GPU]", _
        "Mean time between interruptions times the GPUs of the cluster it was measured on. [h]", _
        "Time for which training stands still to write a checkpoint. [min]", _
        "Time from an interruption until training runs again. [min]", _
        "Training between two checkpoints; left out: the interval that loses least. [min]")
End Sub

Private Sub Describe_TCO_TRAIN_COMPARE()
    Application.MacroOptions Macro:="TCO_TRAIN_COMPARE", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "Parameters; of a mixture of experts the active ones. [1e9 parameters]", _
        "Tokens of training data. [1e9 tokens]", _
        "GPUs of the cluster, rented or own. [GPU]", _
        "Catalogue id of the GPU.", _
        "Rent of one GPU-hour. [money/h]", _
        "Price of one GPU. [money/GPU]", _
        "Price of energy. [money/kWh]", _
        "The comparison, one of its figures, or the utilisation from which owning is cheaper (above 1: never).", _
        "Model FLOPs utilisation: useful over peak operations. [fraction]", _
        "Share of the time in which training advances, interruptions taken off. [fraction]", _
        "Share of its life in which the own cluster works, on this run or another. [fraction]", _
        "Years after which the own cluster is worth nothing. [yr]", _
        "Servers, network and site as a share of the whole cluster. [fraction]", _
        "Power of the whole site over the GPUs' TDP.")
End Sub

Private Sub Describe_TCO_FINETUNE_GB()
    Application.MacroOptions Macro:="TCO_FINETUNE_GB", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "Parameters. [1e9 parameters]", _
        "Bytes per parameter: full 16 (mixed-precision Adam), bf16 8, adam8bit 6, lora 2 + 16 x share, qlora 0.55 + 16 x share.", _
        "Parameters of the adapter over those of the model, for lora and qlora. [fraction]")
End Sub

Private Sub Describe_TCO_FINETUNE_GPUS()
    Application.MacroOptions Macro:="TCO_FINETUNE_GPUS", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "Parameters. [1e9 parameters]", _
        "Catalogue id of the GPU.", _
        "As in TCO_FINETUNE_GB.", _
        "Parameters of the adapter over those of the model, for lora and qlora. [fraction]", _
        "Activations on every GPU, which works on sequences of its own: TCO_ACTIVATION_GB. [GB/GPU]", _
        "Share of a GPU's memory that can be used. [fraction]", _
        "GPUs of one node; left out: as in the catalogue. [GPU]")
End Sub

Private Sub Describe_TCO_FINETUNE_GPU_HOURS()
    Application.MacroOptions Macro:="TCO_FINETUNE_GPU_HOURS", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "Parameters; of a mixture of experts the active ones. [1e9 parameters]", _
        "Tokens of training data, every epoch counted. [1e9 tokens]", _
        "Catalogue id of the GPU.", _
        "As in TCO_FINETUNE_GB.", _
        "Model FLOPs utilisation: useful over peak operations. [fraction]", _
        "Share of the time in which training advances. [fraction]")
End Sub

Private Sub Describe_TCO_FINETUNE_COMPARE()
    Application.MacroOptions Macro:="TCO_FINETUNE_COMPARE", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "Parameters; of a mixture of experts the active ones. [1e9 parameters]", _
        "Tokens of training data, every epoch counted. [1e9 tokens]", _
        "Catalogue id of the GPU.", _
        "Rent of one GPU-hour. [money/h]", _
        "Price of one GPU. [money/GPU]", _
        "Price of energy. [money/kWh]", _
        "As in TCO_FINETUNE_GB.", _
        "The comparison, one of its figures, or the utilisation from which owning is cheaper (above 1: never).", _
        "Model FLOPs utilisation: useful over peak operations. [fraction]", _
        "Share of the time in which training advances. [fraction]", _
        "Share of their life in which the own GPUs work, on this run or another. [fraction]", _
        "Years after which own GPUs are worth nothing. [yr]", _
        "Servers, network and site as a share of the whole cluster. [fraction]", _
        "Power of the whole site over the GPUs' TDP.")
End Sub

Private Sub Describe_TCO_ACTIVATION_GB()
    Application.MacroOptions Macro:="TCO_ACTIVATION_GB", Category:="TCO training", _
        ArgumentDescriptions:=Array( _
        "Model of the catalogue.", _
        "Tokens of one training sequence. [token]", _
        "Sequences in one pass (micro-batch). [sequence]", _
        "What the backward pass works out again: nothing, attention, or all of a layer but its input.")
End Sub

Private Sub Describe_TCO_LAST_ERROR()
    Application.MacroOptions Macro:="TCO_LAST_ERROR", Category:="TCO help", _
        ArgumentDescriptions:=Array( _
        "The cell that shows the error, for the newest sentence of its kind; left out: the newest of all.")
End Sub
