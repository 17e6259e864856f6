"""The exercise sheet as a lesson: predict, watch, explain.

`table` says what there is to ask; `task_1` and `task_2` measure it on the experiment at hand;
`lessons` puts a prediction beside it. Worked answers and misconceptions leave the server in the
answer to a message only, and only as the server's `--answers` allows.
"""
