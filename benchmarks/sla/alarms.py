# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The scan for due alarms among many running timers."""

from benchmarks.databases import psql

TIMERS = 100_000
# A year ahead: not due while the benchmark runs.
FAR = "now() at time zone 'utc' + interval '1 year'"


def fill(database, timers=TIMERS):
    """Copy a ticket with its two timers until there are ``timers`` running ones.

    By SQL, since it is the scan that is measured. Their alarms are far ahead, and so
    are those of the timers that are there already.
    """
    psql(
        f"""
        create table bench_alarm as
            select id, next_alarm_at from service_sla_timer
             where metric = 'first_response' and state = 'running';
        update service_sla_timer set next_alarm_at = {FAR}
         where next_alarm_at is not null;
        """,
        database,
    )
    running = int(
        psql("select count(*) from service_sla_timer where state = 'running'", database)
    )
    copies = (timers - running + 1) // 2
    psql(
        f"""
        create temp table model as
            select min(ticket_id) as id, max(id) as last_id
              from (select ticket_id, (select max(id) from helpdesk_ticket) as id
                      from service_sla_timer where state = 'running') as running;
        insert into helpdesk_ticket ({columns(database, "helpdesk_ticket", "number")},
                                     number)
        select {columns(database, "helpdesk_ticket", "number")}, 'SQL' || series
          from helpdesk_ticket, generate_series(1, {copies}) as series
         where id = (select id from model);
        insert into service_sla_timer
               ({columns(database, "service_sla_timer", "ticket_id")}, ticket_id)
        select {columns(database, "service_sla_timer", "ticket_id", prefix="timer.")},
               ticket.id
          from helpdesk_ticket as ticket, service_sla_timer as timer
         where ticket.id > (select last_id from model)
           and timer.ticket_id = (select id from model);
        analyze helpdesk_ticket;
        analyze service_sla_timer;
        """,
        database,
    )


def columns(database, table, *without, prefix=""):
    """Return the names of the stored columns of a table, but for id and some more."""
    names = psql(
        f"""
        select column_name from information_schema.columns
         where table_name = '{table}' and is_generated = 'NEVER'
        """,
        database,
    ).split("\n")
    left_out = {"id", "access_token", *without}
    return ", ".join(prefix + name for name in names if name not in left_out)


def make_due(database, count):
    """Let the first warnings of ``count`` tickets be due at one instant.

    :return: that instant, as text (UTC)
    """
    return psql(
        f"""
        with chosen as (
            delete from bench_alarm
             where id in (select id from bench_alarm order by id desc limit {count})
         returning id, next_alarm_at
        ), changed as (
            update service_sla_timer
               set next_alarm_at = chosen.next_alarm_at
              from chosen
             where service_sla_timer.id = chosen.id
        )
        select max(next_alarm_at) + interval '1 second' from chosen
        """,
        database,
    )


def count_alarms(database):
    """Return how many alarms there are."""
    return int(psql("select count(*) from service_sla_alarm", database))
