-- What PostgreSQL 10 says of a function has other names than since 11.
create function plain() returns int language sql as 'select 1';
create function windowed() returns bigint language internal window as 'window_row_number';
create aggregate summed (int) (sfunc = int4pl, stype = int);
