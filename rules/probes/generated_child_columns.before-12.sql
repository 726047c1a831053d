-- There are generated columns since 12.
select ''::text as "table", ''::text as "column", ''::text as "parent" where false
