-- PostgreSQL 12 removed tables WITH OIDS.
select ''::text as "schema", ''::text as "name", ''::text as "top" where false
