-- A child of a table with a primary key does not take nulls since 18.
create table parent (a int primary key);
create table child () inherits (parent);
alter table child alter a drop not null;
