"""Trial balances of a fictitious society, for tests of pages: two years that follow each other."""

ACCOUNTS = {
    "10101": ("Share capital: A class members (individuals)", -42_15_000),
    "10201": ("Reserve fund (statutory)", -12_50_000),
    "10501": ("Savings deposits: members", -2_14_50_000),
    "10511": ("Recurring deposits", -48_25_000),
    "10610": ("Borrowings: other institutions and persons", -16_00_000),
    "20101": ("Cash on hand: head office", 85_400),
    "20201": ("Kerala Bank current account", 64_00_600),
    "20501": ("KCC / short term crop loans", 1_38_42_000),
    "20505": ("Gold loans", 1_10_12_000),
    "20702": ("Buildings and godowns", 20_00_000),
}
"""Opening balances of 2024-25 in rupees, debit positive; they sum to zero."""

MOVES = {
    "2024-25": {"20201": (9_10_000, 3_00_000), "30101": (0, 9_10_000), "40101": (3_00_000, 0)},
    "2025-26": {"20201": (10_40_550, 3_60_000), "30101": (0, 10_40_550), "40101": (3_60_000, 0)},
}
NAMES = {"30101": "Interest on crop loans", "40101": "Interest on deposits"}


def trial_balance(year: str) -> bytes:
    """The CSV of a year as a society's software would export it."""
    opening = {code: rupees for code, (_, rupees) in ACCOUNTS.items()}
    if year == "2025-26":
        for code, (debit, credit) in MOVES["2024-25"].items():
            if code in opening:
                opening[code] += debit - credit
        opening["10301"] = -6_10_000
    lines = ["Code,Account,Opening Dr,Opening Cr,Debit,Credit,Closing Dr,Closing Cr"]
    for code in sorted(opening.keys() | MOVES[year].keys()):
        name = NAMES.get(code) or ACCOUNTS.get(code, ("Accumulated profit", 0))[0]
        start = opening.get(code, 0)
        debit, credit = MOVES[year].get(code, (0, 0))
        end = start + debit - credit
        cells = [max(start, 0), max(-start, 0), debit, credit, max(end, 0), max(-end, 0)]
        lines.append(f'{code},"{name}",' + ",".join(str(cell) for cell in cells))
    return ("\n".join(lines) + "\n").encode()
