"""Arrays -> Plotly figures as plain dicts, pure: no model, no session, no clock.

Dicts, because these are rebuilt several times a second while a network trains in the same
process: a `plotly.graph_objects.Figure` costs milliseconds of validation each time. The tests
validate them instead.
"""
