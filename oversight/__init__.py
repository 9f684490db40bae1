"""Risk-based oversight: facts, indicators, rules, alerts and what officers did about them."""
