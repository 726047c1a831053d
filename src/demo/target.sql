-- The target of the demonstration: made by someone in a hurry.
create role shop_owner;
create role pgpassage_mover login createrole;
grant pg_read_all_settings to pgpassage_mover;
