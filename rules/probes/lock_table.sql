select pg_catalog.current_setting('max_locks_per_transaction')::bigint as "locks_per_transaction",
       pg_catalog.current_setting('max_locks_per_transaction')::bigint
         * (pg_catalog.current_setting('max_connections')::bigint
            + pg_catalog.current_setting('max_prepared_transactions')::bigint) as "capacity"
