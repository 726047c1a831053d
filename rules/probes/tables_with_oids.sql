-- PostgreSQL 12 removed tables WITH OIDS.
select ''::text as "schema", ''::text as "name" where false
