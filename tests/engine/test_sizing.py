"""From load to replicas, GPUs and nodes, each count worked by hand."""

import math
from fractions import Fraction

import pytest

from engine import sizing, tco
from engine.case import Case
from engine.errors import DividesByZero, NotAvailable, OutOfLimits
from engine.inputs import Inputs
from engine.sizing import Fleet

LOAD = {"users": 10000, "queries_per_user_day": 20, "active_hours": 10, "peak_factor": 2}
REPLICA = {"replica_rps": 2.0, "gpus_per_replica": 2, "gpu": "h100-pcie", "gpus_per_node": 4}


def fleet(**values):
    return Fleet(Case(Inputs.read({**LOAD, **REPLICA, **values})))


def test_demand_replicas_gpus_and_nodes_by_hand():
    # 10,000 x 20 x 2 / 36,000 s = 11.11 requests/s; / (2 x 0.8) = 6.94 -> 7 replicas + 1 spare = 8
    f = fleet()
    assert f.demand_rps[0, 0] == pytest.approx(400000 / 36000, rel=1e-15)
    assert f.replicas[0].tolist() == [8, 8, 8]
    assert f.gpus[0].tolist() == [16, 16, 16]
    assert f.nodes[0].tolist() == [4, 4, 4]
    assert f.it_kw[0, 0] == pytest.approx(16 * 0.35 + 4 * 1.0, rel=1e-12)
    assert f.utilisation[0, 0] == pytest.approx(400000 / 36000 / 16, rel=1e-15)
    assert f.binding == "demand"


def test_minimum_binds_for_a_small_load():
    f = fleet(users=10, min_replicas=3)
    assert f.replicas[0, 0] == 3
    assert f.binding == "minimum"


def test_a_demand_that_fills_a_replica_exactly_needs_no_further_one():
    assert (
        fleet(users=3600, queries_per_user_day=10, peak_factor=1, target_utilisation=0.5, spare_replicas=0).replicas[
            0, 0
        ]
        == 1
    )


@pytest.mark.parametrize(
    ("users", "rps", "share", "replicas"),
    [(441, 0.1, 0.7, 7), (486, 0.3, 0.6, 3), (504, 0.7, 0.8, 1), (6669, 0.6, 0.95, 13), (24219, 2.3, 0.9, 13)],
)
def test_rounding_of_binary_fractions_buys_no_replica(users, rps, share, replicas):
    # users x 20 x 2 / 36,000 s = replicas x rps x share in decimals, and by 1e-16 more in the machine's fractions
    assert Fraction(users) * 40 / 36000 == replicas * Fraction(str(rps)) * Fraction(str(share))
    exact = fleet(users=users, replica_rps=rps, target_utilisation=share, spare_replicas=0)
    assert exact.replicas[0, 0] == replicas
    one_more = fleet(users=users + 1, replica_rps=rps, target_utilisation=share, spare_replicas=0)
    assert one_more.replicas[0, 0] == replicas + 1


def test_nodes_hold_whole_replicas_only():
    # three GPUs a replica in nodes of eight: two replicas a node, two GPUs idle
    f = fleet(gpus_per_replica=3, gpus_per_node=8, spare_replicas=0)
    assert f.replicas[0, 0] == 7
    assert f.nodes[0, 0] == 4
    assert f.gpus[0, 0] == 21


def test_boards_are_bought_full():
    f = fleet(gpu="h100-sxm", gpus_per_node=None, gpus_per_replica=3, spare_replicas=0)
    assert (f.nodes[0, 0], f.gpus[0, 0]) == (4, 32)


def test_a_replica_larger_than_a_node_spans_nodes():
    f = fleet(gpus_per_replica=16, gpus_per_node=8, spare_replicas=0)
    assert f.nodes[0, 0] == 14


# GPUs of a replica, GPUs in a node, replicas: servers. A replica is broken over servers only where it must be
NODES = (
    (1, 8, 17, 3), (2, 8, 5, 2), (3, 8, 2, 1), (3, 8, 3, 2), (5, 8, 3, 3), (8, 8, 3, 3),
    (9, 8, 1, 2), (12, 8, 3, 6), (16, 8, 3, 6), (17, 8, 2, 6), (4, 1, 2, 8), (72, 4, 1, 18),
)  # fmt: skip


@pytest.mark.parametrize(("gpus", "node", "replicas", "nodes"), NODES)
def test_servers_of_replicas_inside_and_over_several(gpus, node, replicas, nodes):
    # 11.1 requests/s over 11.2 of `replicas` replicas
    f = fleet(gpus_per_replica=gpus, gpus_per_node=node, replica_rps=11.2 / 0.8 / replicas, spare_replicas=0)
    assert f.replicas[0, 0] == replicas
    assert f.nodes[0, 0] == nodes
    assert f.gpus[0, 0] == replicas * gpus
    boards = fleet(
        gpu="h100-sxm", whole_nodes=1, gpus_per_replica=gpus, gpus_per_node=node, replica_rps=11.2 / 0.8 / replicas,
        spare_replicas=0,
    )  # fmt: skip
    assert (boards.nodes[0, 0], boards.gpus[0, 0]) == (nodes, nodes * node)


def test_growth_buys_what_is_missing_and_shrinking_keeps_what_is_there():
    f = fleet(user_growth=0.5, horizon=4, spare_replicas=0)
    needed = [math.ceil(400000 / 36000 * 1.5**t / 1.6) for t in range(4)]
    assert f.replicas[0].tolist() == needed
    falling = fleet(user_growth=-0.5, horizon=4)
    assert falling.gpus[0].tolist() == [16, 16, 16, 16]
    assert falling.replicas[0, -1] < 8
    assert falling.nodes_needed[0].tolist() == [4, 3, 2, 1]  # 6.94, 3.47, 1.74, 0.87 and a spare one, two a server
    assert falling.nodes[0].tolist() == [4, 4, 4, 4]
    assert falling.it_kw[0].tolist() == [falling.it_kw[0, 0]] * 4


def test_users_and_their_queries_both_grow():
    # 11.11 requests/s x (1.5 x 1.2)^t over 1.6 a replica
    f = fleet(user_growth=0.5, query_growth=0.2, horizon=3, spare_replicas=0)
    assert f.demand_rps[0].tolist() == pytest.approx([400000 / 36000 * 1.8**t for t in range(3)], rel=1e-12)
    assert f.replicas[0].tolist() == [7, 13, 23]
    assert f.nodes[0].tolist() == [4, 7, 12]
    alone = fleet(query_growth=0.2, horizon=2)
    assert alone.demand_rps[0, 1] == pytest.approx(1.2 * alone.demand_rps[0, 0], rel=1e-12)


def test_typed_gpus_and_nodes_win():
    f = fleet(gpus=10, nodes=5)
    assert f.replicas[0, 0] == 5
    assert (f.gpus[0, 0], f.nodes[0, 0]) == (10, 5)
    assert fleet(gpus=10).nodes[0, 0] == 3
    assert f.binding == "gpus"
    assert fleet(gpus=10, users=10, min_replicas=3).binding == "gpus"  # a typed fleet is not sized by the minimum


def test_too_few_nodes_for_the_gpus_is_refused_with_all_counts():
    with pytest.raises(OutOfLimits, match=r"2 is too few: 10 GPUs need 3 nodes of 4 GPUs"):
        fleet(gpus=10, nodes=2).gpus  # noqa: B018


def test_nothing_is_guessed_without_a_capacity():
    bare = Fleet(Case(Inputs.read({**LOAD, "gpu": "h100-pcie"})))
    with pytest.raises(NotAvailable, match="replica_rps"):
        bare.replicas  # noqa: B018


def test_given_gpus_nodes_and_instances_no_throughput_is_needed():
    typed = Inputs.read({"gpus": 80, "nodes": 20, "model_instances": 40, "gpu": "h100-pcie"})
    assert (sizing.gpus(typed), sizing.nodes(typed)) == (80, 20)


def test_cloud_instances_follow_the_same_gpu_only():
    f = fleet(gpu="h100-sxm", cloud_instance="aws/p5.48xlarge")
    assert f.cloud_instances[0, 0] == math.ceil(f.gpus_needed[0, 0] / 8)
    with pytest.raises(NotAvailable, match="set cloud_instances"):
        fleet(gpu="h100-pcie", cloud_instance="aws/p4d.24xlarge").cloud_instances  # noqa: B018


def test_the_table_shows_every_measure_with_its_unit():
    rows = sizing.sizing(Inputs.read({**LOAD, **REPLICA}))
    assert rows[0] == ["measure", "value", "unit"]
    assert [row[0] for row in rows[1:9]] == [
        "gpus", "nodes", "replicas", "gpus_per_replica", "demand_rps", "capacity_rps", "utilisation", "it_kw"
    ]  # fmt: skip


def test_typed_nodes_that_cannot_hold_the_sized_replicas_are_refused():
    # 7 replicas and a spare one of 4 GPUs on boards of 8: four nodes, not one
    with pytest.raises(OutOfLimits, match=r"nodes: 1 is too few: 32 GPUs need 4 nodes of 8 GPUs"):
        fleet(gpu="h100-sxm", gpus_per_node=None, gpus_per_replica=4, nodes=1).gpus  # noqa: B018
    assert fleet(gpu="h100-sxm", gpus_per_node=None, gpus_per_replica=4, nodes=5).gpus[0, 0] == 40


def test_gpus_that_hold_no_replica_serve_nothing_and_say_so():
    f = fleet(gpus=1)
    assert f.capacity_rps[0, 0] == 0
    with pytest.raises(DividesByZero, match="1 GPU cannot hold a replica of 2 GPUs"):
        f.utilisation  # noqa: B018
    rows = dict(row[:2] for row in sizing.sizing(Inputs.read({**LOAD, **REPLICA, "gpus": 1})))
    assert rows["capacity_rps"] == 0
    assert isinstance(rows["utilisation"], DividesByZero)
    warnings = tco.evaluate(Inputs.read({**LOAD, **REPLICA, "gpus": 1}), "onprem").warnings
    assert warnings == ["Own servers: too few GPUs for one replica, so nothing is served"]


def test_hardware_that_stays_serves_although_demand_falls():
    f = fleet(user_growth=-0.5, horizon=3)
    assert f.capacity_rps[0].tolist() == [16, 16, 16]


def test_too_few_typed_instances_are_a_warning_of_the_cloud_option():
    case = {**LOAD, **REPLICA, "gpu": "h100-sxm", "cloud_instance": "aws/p5.48xlarge", "cloud_instances": 1}
    # one instance of 8 GPUs: 4 replicas of 2 GPUs serve 8 of 11.1 requests per second
    assert tco.evaluate(Inputs.read(case), "cloud").warnings == [
        "Rented GPUs: peak demand is 139% of the capacity in year 1"
    ]
    assert tco.evaluate(Inputs.read({**case, "cloud_instances": 2}), "cloud").warnings == []
