-- There is no view pg_sequences before PostgreSQL 10.
select ''::text as "sequence", 0 as "last", 0 as "max", 0 as "percent" where false
