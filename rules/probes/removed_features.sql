-- PostgreSQL 14 removed the last of them.
select ''::text as "kind", ''::text as "name", ''::text as "why" where false
