"""`darkroom reconcile`: records, executions and buckets compared, and what broke started again."""
