-- PostgreSQL 18 inherits NOT NULL, so there can be none.
select ''::text as "schema", ''::text as "name", ''::text as "column", ''::text as "parent" where false
