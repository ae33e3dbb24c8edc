"""Yearly cost formulas. Plain numbers or arrays in, money out: no input models, no files."""

from engine.units import Num


def power(it_kw: Num, hours: Num, tariff: Num, pue: Num = 1.0, load: Num = 1.0) -> Num:
    """Electricity cost of an IT load and of the facility that cools it.

    Parameters
    ----------
    it_kw : number, 0 or more
        IT power at full load. [kW]
    hours : number, 0 or more
        Hours of operation. [h]
    tariff : number, 0 or more
        Price of energy with grid fees, before VAT. [money/kWh]
    pue : number, 1 or more
        Power usage effectiveness: facility energy over IT energy. [-]
    load : number, 0 to 1
        Mean over full IT power. [fraction]

    Returns
    -------
    number or array
        Electricity cost over these hours. [money]

    References
    ----------
    ISO/IEC 30134-2, Power usage effectiveness (PUE).

    Examples
    --------
    A cluster of 22.4 MW over 54 days:

    >>> round(power(22400, 1296, 0.083), 4)
    2409523.2
    """
    return it_kw * load * pue * hours * tariff
