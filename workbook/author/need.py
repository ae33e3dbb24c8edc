"""Sheets Need and Sizing: what is asked for, and the fleet that serves it."""

from workbook.author.grid import SUM, Named, Row, Section, TimeSheet
from workbook.author.styles import SLATE, TEAL

SUBTITLE = "{{customer_label}} · amounts in {{currency}} · {{tax_basis}} · prices as of {{prices_as_of}}"


def need() -> TimeSheet:
    """Users, queries and tokens by year."""
    return TimeSheet(
        "Need",
        "Need and load",
        SUBTITLE,
        (
            Section("Timeline"),
            Row(
                "live",
                "Year inside the horizon",
                "0/1",
                "=IF([year]<=in_horizon,1,0)",
                kind="flag",
                note="year 0 is today",
            ),
            Row("run", "Year of operation", "0/1", "=IF(AND([year]>=1,[year]<=in_horizon),1,0)", kind="flag"),
            Row("buy", "Purchases possible at the end of the year", "0/1", "=IF([year]<in_horizon,1,0)", kind="flag"),
            Row("end", "End of the horizon", "0/1", "=IF([year]=in_horizon,1,0)", kind="flag"),
            None,
            Section("Users and queries"),
            Row(
                "users",
                "Users",
                "person",
                "=[run]*in_users*(1+in_user_growth)^([year]-1)",
                kind="whole",
                note="year 1, then growth",
            ),
            Row(
                "queries",
                "Queries per user and working day",
                "1/day",
                "=[run]*in_queries_per_user_day*(1+in_query_growth)^([year]-1)",
                kind="number",
                note="year 1, then growth",
            ),
            Row(
                "asked",
                "Queries asked",
                "query",
                "=[users]*[queries]*in_working_days_per_month*k_months",
                total=SUM,
                kind="whole",
                note="users x queries x working days x months",
            ),
            Row(
                "billed",
                "Queries served or billed",
                "query",
                "=[asked]*(1-in_response_cache_hit)",
                total=SUM,
                kind="whole",
                note="without those from the response cache",
            ),
            Row(
                "demand",
                "Demand at the peak",
                "query/s",
                "=[users]*[queries]*in_peak_factor*(1-in_response_cache_hit)/(in_active_hours*k_seconds_hour)",
                kind="number",
                note="over the active hours, times the peak",
            ),
            None,
            Section("Units that costs are divided by"),
            Row("user_months", "User-months", "user-month", "=[users]*k_months", total=SUM, kind="whole"),
            Row(
                "mtok",
                "Tokens asked, prompt and answer",
                "Mtok",
                "=[asked]*(in_prompt_tokens+in_output_tokens)/k_mtok",
                total=SUM,
                kind="number",
                note="before caches",
            ),
        ),
        SLATE,
        constant_header="",
    )


def sizing(*, live: bool = False) -> TimeSheet:
    """Replicas, GPUs, nodes and power by year: the need, and the fleet calculated from it.

    The need is the engine's, stated for the inputs of a proposal; in a live workbook it follows the inputs by the
    sizing rule where they say enough, and is the engine's elsewhere.
    """
    return TimeSheet(
        "Sizing",
        "Sizing of the fleet",
        SUBTITLE,
        (
            *_stated("stated_" if live else ""),
            None,
            *_band(),
            None,
            *(_live_rule() if live else _rule()),
            None,
            Section("Fleet"),
            Row(
                "gpus",
                "GPUs there",
                "GPU",
                "=[run]*MAX([gpus<],[gpus_needed])",
                kind="whole",
                note="a fleet never shrinks",
            ),
            Row(
                "nodes",
                "Servers there",
                "node",
                "=[run]*MAX([nodes<],[nodes_needed])",
                kind="whole",
                note="a fleet never shrinks",
            ),
            Row(
                "model_instances",
                "Model instances",
                "instance",
                '=[run]*IF(in_model_instances="",[replicas],in_model_instances)',
                kind="number",
                note="for ML staffing; blank input: replicas",
            ),
            Row(
                "cloud_instances",
                "Cloud instances",
                "instance",
                '=[run]*IF([stated_instances]<>"",[stated_instances],IF(in_cloud_instances<>"",in_cloud_instances,'
                "IF(in_cloud_gpus_per_instance>0,ROUNDUP([gpus_needed]/in_cloud_gpus_per_instance,0),0)))",
                kind="whole",
                note="typed, or GPUs needed / GPUs per instance",
            ),
            Row(
                "utilisation",
                "Utilisation at the peak",
                "fraction",
                '=IF([capacity]="",0,IF([capacity]>0,[demand]/[capacity],0))',
                kind="rate",
                note="demand over capacity",
            ),
            None,
            Section("Power"),
            Row(
                "it_kw",
                "IT power, nameplate",
                "kW",
                "=[run]*([gpus]*in_gpu_kw+[nodes]*in_node_kw+in_head_node_kw)",
                kind="number",
                note="GPUs, servers and management nodes",
            ),
            Row(
                "energy",
                "Energy drawn from the grid",
                "kWh",
                "=[it_kw]*in_load_factor*in_pue*k_hours_year",
                total=SUM,
                kind="whole",
                note="x mean load x PUE x hours of a year",
            ),
            None,
            Section("People"),
            Row(
                "sysadmin_fte",
                "System administrators",
                "FTE",
                fte("nodes", "sysadmin", "in_sysadmin_nodes_max"),
                kind="number",
                note="linear in the number of servers",
            ),
            Row(
                "ml_fte",
                "ML engineers",
                "FTE",
                fte("model_instances", "ml", "in_ml_instances_max"),
                kind="number",
                note="linear in model instances",
            ),
        ),
        TEAL,
    )


def _stated(prefix: str) -> tuple[Row | Section | Named, ...]:
    """Rows that the engine fills in; without prefix they are what the fleet is calculated from."""
    replicas, gpus, nodes = (f"{prefix}{key}" for key in ("replicas", "gpus_needed", "nodes_needed"))
    note = "copies of the model that serve the peak"
    return (
        Section("Need of each year, stated by the sizing engine"),
        Row(replicas, "Replicas needed", "replica", kind="whole", name="blk_replicas", note=note),
        Row(gpus, "GPUs needed", "GPU", kind="whole", name="blk_gpus"),
        Row(nodes, "Servers needed", "node", kind="whole", name="blk_nodes"),
        Row(
            f"{prefix}capacity",
            "Capacity of the fleet",
            "query/s",
            kind="number",
            name="blk_capacity_rps",
            note="blank: not known",
        ),
        Row(
            "stated_instances",
            "Cloud instances, where stated",
            "instance",
            kind="whole",
            name="blk_cloud_instances",
            note="blank: rule of the row Cloud instances",
        ),
        Named(
            "blk_rows_cloud_sizing",
            (
                Row(
                    "cloud_capacity",
                    "Capacity of the rented instances",
                    "query/s",
                    kind="number",
                    name="blk_cloud_capacity_rps",
                    note="blank: not known",
                ),
            ),
        ),
    )


DECIDES = (  # id of what binds: sentence
    ("gpus", "Typed by hand"),
    ("minimum", "The minimum of replicas, not the demand"),
    ("demand", "The demand at the peak"),
    ("memory", "The memory of the GPUs: it holds no more concurrent requests"),
    ("engine", "The most concurrent requests that the serving software takes"),
    ("ttft", "The limit on the time to the first token"),
    ("tpot", "The limit on the time per output token"),
    ("latency", "The limit on the time of a whole answer"),
)


def _band() -> tuple[Row | Section, ...]:
    """Return the band of a modelled capacity, which is no band where a measurement was typed."""
    texts = "".join(f'IF(out_stated_binding="{id_}","{text}",' for id_, text in DECIDES)
    return (
        Section("90 % band of the modelled capacity, and the fleets at its ends, stated by the sizing engine"),
        Row("capacity_low", "Capacity, low end", "query/s", kind="number", name="blk_capacity_low", note=BAND),
        Row("capacity_high", "Capacity, high end", "query/s", kind="number", name="blk_capacity_high"),
        Row("gpus_low", "GPUs, at the high end of the capacity", "GPU", kind="whole", name="blk_gpus_low"),
        Row("gpus_high", "GPUs, at the low end of the capacity", "GPU", kind="whole", name="blk_gpus_high"),
        Row("nodes_low", "Servers, at the high end", "node", kind="whole", name="blk_nodes_low"),
        Row("nodes_high", "Servers, at the low end", "node", kind="whole", name="blk_nodes_high"),
        Row("binding", "What decides the GPUs of year 1", "id", total_name="out_stated_binding", kind="", note=""),
        Section(f'={texts}""{")" * len(DECIDES)}', plain=True),
    )


BAND = "one figure where it was measured"
RULE = "IF([rule_replicas@D]=1,"
BY_DEMAND = (
    "MAX(MAX(0,ROUNDUP([demand]/(in_replica_rps*in_target_utilisation)-k_guard,0))+in_spare_replicas,in_min_replicas)"
)
NODES = (
    "IF(in_gpus_per_replica<=in_gpus_per_node,ROUNDUP([rule_replicas]/INT(in_gpus_per_node/in_gpus_per_replica),0),"
    "[rule_replicas]*ROUNDUP(in_gpus_per_replica/in_gpus_per_node,0))"
)
GPUS = "IF(in_whole_nodes=1,[rule_nodes]*in_gpus_per_node,[rule_replicas]*in_gpus_per_replica)"


def _rule() -> tuple[Row | Section, ...]:
    applies = '=IF(AND(in_replica_rps>0,in_gpus_per_replica>0,in_gpus_per_node>0,in_gpus="",in_nodes=""),1,0)'
    return (
        Section("The same by the sizing rule, where a measured capacity is given"),
        *_by_rule(applies, f"[run]*{BY_DEMAND}", NODES, GPUS),
        _gap("replicas", "gpus_needed", "nodes_needed"),
    )


def _live_rule() -> tuple[Row | Section | None, ...]:
    """Return the rule with typed GPUs and servers in it, and the need that the fleet is calculated from."""
    applies = '=IF(AND(in_gpus_per_replica>0,in_gpus_per_node>0,OR(in_replica_rps>0,in_gpus<>"")),1,0)'
    replicas = f'IF(in_gpus<>"",INT(in_gpus/in_gpus_per_replica),{BY_DEMAND})'
    nodes = f'IF(in_nodes<>"",in_nodes,IF(in_gpus<>"",ROUNDUP(in_gpus/in_gpus_per_node,0),{NODES}))'
    gpus = f'IF(in_gpus<>"",in_gpus,{GPUS})'
    keys = ("rule_replicas", "rule_gpus", "rule_nodes")

    def used(key: str, label: str, unit: str, rule: str, note: str = "") -> Row:
        return Row(key, label, unit, f"=IF([rule_replicas@D]=1,{rule},[stated_{key}])", kind="whole", note=note)

    return (
        Section("Need by the sizing rule, where a measured capacity or the GPUs are given"),
        *_by_rule(applies, f"[run]*{replicas}", f"[run]*{nodes}", f"[run]*{gpus}"),
        _gap("stated_replicas", "stated_gpus_needed", "stated_nodes_needed"),
        None,
        Section("Need in use: by the rule, else as the engine stated it at the last run"),
        used("replicas", "Replicas needed", "replica", f"[{keys[0]}]", "by rule, else stated"),
        used("gpus_needed", "GPUs needed", "GPU", f"[{keys[1]}]", "by rule, else stated"),
        used("nodes_needed", "Servers needed", "node", f"[{keys[2]}]", "by rule, else stated"),
        Row(
            "capacity",
            "Capacity of the fleet",
            "query/s",
            '=IF([rule_replicas@D]=1,IF(in_replica_rps>0,[run]*MAX([capacity<],[rule_replicas]*in_replica_rps),""),'
            'IF([stated_capacity]="","",[stated_capacity]))',
            kind="number",
            note="replicas there x capacity of one",
        ),
    )


def _by_rule(applies: str, replicas: str, nodes: str, gpus: str) -> tuple[Row, ...]:
    return (
        Row(
            "rule_replicas",
            "Replicas by rule",
            "replica",
            f"={RULE}{replicas},0)",
            constant=applies,
            constant_kind="flag",
            kind="whole",
            note="demand over planned capacity, plus spares",
        ),
        Row(
            "rule_nodes",
            "Servers by rule",
            "node",
            f"={RULE}{nodes},0)",
            kind="whole",
            note="whole replicas on a server",
        ),
        Row(
            "rule_gpus",
            "GPUs by rule",
            "GPU",
            f"={RULE}{gpus},0)",
            kind="whole",
            note="full servers when whole_nodes is 1",
        ),
    )


def _gap(replicas: str, gpus: str, nodes: str) -> Row:
    return Row(
        "rule_gap",
        "Difference to the stated need",
        "-",
        f"={RULE}ABS([rule_replicas]-[{replicas}])+ABS([rule_gpus]-[{gpus}])+ABS([rule_nodes]-[{nodes}]),0)",
        total=SUM,
        kind="whole",
    )


def fte(count: str, role: str, most: str) -> str:
    """Return the formula of people by a count, linear from 1 to `most`."""
    slope = f"(in_{role}_fte_max-in_{role}_fte_min)*(MAX(1,MIN([{count}],{most}))-1)/({most}-1)"
    return f"=IF([{count}]=0,0,IF({most}=1,in_{role}_fte_max,in_{role}_fte_min+{slope}))"
