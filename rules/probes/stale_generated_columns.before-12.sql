-- There are generated columns since PostgreSQL 12.
select ''::text as "schema", ''::text as "name", ''::text as "column", ''::text as "expression",
       ''::text as "reads", 0::bigint as "bytes", false as "suspect", ''::text as "statement" where false
