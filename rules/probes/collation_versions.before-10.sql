-- Versions of collations are not known before PostgreSQL 10.
select ''::text as "provider", ''::text as "version" where false
