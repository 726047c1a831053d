//! Which of the steps may run now. It knows nothing of who runs them.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::graph::Step;
use crate::plan::locks::Locked;

/// How many small entries are restored in one transaction, at most.
const BATCH_ENTRIES_MAX: usize = 20;

/// The steps that are ready, those that run, what these lock, and who waits for whom.
#[derive(Debug)]
pub struct Schedule {
    steps: Vec<Step>,
    /// How many steps each one still waits for.
    waiting: Vec<usize>,
    followers: BTreeMap<usize, Vec<usize>>,
    /// By weight, so that the heaviest is the last.
    ready: BTreeSet<(i64, usize)>,
    running: BTreeSet<usize>,
    /// How many running steps lock something, and whether it is locked exclusively.
    locked: BTreeMap<Locked, (usize, bool)>,
    done: BTreeSet<usize>,
}

impl Schedule {
    /// Of these steps, some of which an interrupted run has done.
    pub fn new(steps: Vec<Step>, is_done: impl Fn(&Step) -> bool) -> Schedule {
        let waiting: Vec<usize> = steps.iter().map(|step| step.needs.len()).collect();
        let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for step in &steps {
            for need in &step.needs {
                followers.entry(need.step).or_default().push(step.id);
            }
        }
        let ready = steps.iter().filter(|step| step.needs.is_empty()).map(|s| (s.weight, s.id)).collect();
        let finished: Vec<usize> = steps.iter().filter(|step| is_done(step)).map(|step| step.id).collect();
        let (running, locked) = (BTreeSet::new(), BTreeMap::new());
        let done = finished.iter().copied().collect();
        let mut schedule = Schedule { steps, waiting, followers, ready, running, locked, done };
        schedule.finish(&finished);
        schedule
    }

    /// What a free worker does next: the heaviest step that no running one locks out, or several small entries.
    pub fn take(&mut self, workers: usize) -> Option<Vec<Step>> {
        let mut free = self.ready.iter().rev().map(|(_, id)| *id).filter(|id| self.is_free(*id));
        let first = free.next()?;
        let mut chosen = vec![first];
        if self.steps[first].is_small() {
            let small: Vec<usize> = free.filter(|id| self.steps[*id].is_small()).collect();
            let share = small.len() / workers.max(1);
            chosen.extend(small.into_iter().take(share.min(BATCH_ENTRIES_MAX - 1)));
        }
        for id in &chosen {
            let step = &self.steps[*id];
            self.ready.remove(&(step.weight, *id));
            self.running.insert(*id);
            for lock in &step.locks {
                let (holders, exclusive) = self.locked.entry(lock.on).or_default();
                *holders += 1;
                *exclusive |= lock.exclusive;
            }
        }
        Some(chosen.into_iter().map(|id| self.steps[id].clone()).collect())
    }

    /// Whether no running step locks what this one locks, or all of them can share it.
    fn is_free(&self, id: usize) -> bool {
        self.steps[id].locks.iter().all(|lock| match self.locked.get(&lock.on) {
            Some((_, exclusive)) => !lock.exclusive && !exclusive,
            None => true,
        })
    }

    /// Takes note that steps are done: those that were taken together at once, since their locks end together.
    pub fn finish(&mut self, ids: &[usize]) {
        for id in ids {
            self.ready.remove(&(self.steps[*id].weight, *id));
            self.done.insert(*id);
            if self.running.remove(id) {
                for lock in &self.steps[*id].locks {
                    let holders = self.locked.get(&lock.on).map_or(0, |(holders, _)| *holders);
                    match holders {
                        0 | 1 => drop(self.locked.remove(&lock.on)),
                        _ => drop(self.locked.entry(lock.on).and_modify(|(holders, _)| *holders -= 1)),
                    }
                }
            }
            for follower in self.followers.get(id).into_iter().flatten() {
                self.waiting[*follower] -= 1;
                if self.waiting[*follower] == 0 && !self.done.contains(follower) {
                    self.ready.insert((self.steps[*follower].weight, *follower));
                }
            }
        }
    }

    /// Whether all is done.
    pub fn is_finished(&self) -> bool {
        self.done.len() == self.steps.len()
    }

    /// A step that waits for ever: nothing runs, and nothing is ready.
    pub fn stuck(&self) -> Option<&Step> {
        if !self.running.is_empty() || !self.ready.is_empty() {
            return None;
        }
        self.steps.iter().find(|step| !self.done.contains(&step.id))
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;
    use crate::plan::{Lock, Locked, Need, Step, Why, Work};

    fn step(id: usize, weight: i64, needs: &[usize], locks: &[(u32, bool)]) -> Step {
        Step {
            id,
            work: Work::Entry(id),
            needs: needs.iter().map(|step| Need { step: *step, why: Why::Archive }).collect(),
            locks: locks
                .iter()
                .map(|(on, exclusive)| Lock { on: Locked::Table(*on), exclusive: *exclusive })
                .collect(),
            weight,
        }
    }

    fn taken(schedule: &mut Schedule, workers: usize) -> Vec<usize> {
        schedule.take(workers).unwrap_or_default().iter().map(|step| step.id).collect()
    }

    #[test]
    fn the_heaviest_goes_first_and_nothing_before_what_it_needs() {
        let steps = vec![step(0, 5, &[], &[]), step(1, 9, &[], &[]), step(2, 100, &[0], &[])];
        let mut schedule = Schedule::new(steps, |_| false);
        assert_eq!((taken(&mut schedule, 2), taken(&mut schedule, 2)), (vec![1], vec![0]));
        assert!(schedule.take(2).is_none() && schedule.stuck().is_none() && !schedule.is_finished());
        schedule.finish(&[1, 0]);
        assert_eq!(taken(&mut schedule, 2), [2]);
        schedule.finish(&[2]);
        assert!(schedule.is_finished());
    }

    #[test]
    fn what_an_interrupted_run_has_done_is_not_done_again() {
        let steps = vec![step(0, 1, &[], &[]), step(1, 1, &[0], &[]), step(2, 1, &[1], &[])];
        let mut schedule = Schedule::new(steps, |step| step.id < 2);
        assert_eq!(taken(&mut schedule, 1), [2]);
    }

    #[test]
    fn steps_that_lock_the_same_table_exclude_each_other() {
        let (shared, alone) = ((7, false), (7, true));
        let steps = vec![
            step(0, 9, &[], &[shared]),
            step(1, 8, &[], &[shared]),
            step(2, 7, &[], &[alone, (8, true)]),
            step(3, 6, &[], &[(8, false)]),
        ];
        let mut schedule = Schedule::new(steps, |_| false);
        assert_eq!(
            (taken(&mut schedule, 4), taken(&mut schedule, 4)),
            (vec![0], vec![1]),
            "indexes of one table"
        );
        assert_eq!(taken(&mut schedule, 4), [3], "the third waits for both, and lets the fourth pass");
        schedule.finish(&[0]);
        schedule.finish(&[3]);
        assert!(schedule.take(4).is_none(), "one that shares is left");
        schedule.finish(&[1]);
        assert_eq!(taken(&mut schedule, 4), [2]);
    }

    #[test]
    fn small_entries_are_shared_out_and_those_of_one_transaction_may_lock_the_same() {
        let steps = (0..4).map(|id| step(id, 0, &[], &[(7, true)])).collect();
        let mut schedule = Schedule::new(steps, |_| false);
        assert_eq!(taken(&mut schedule, 2).len(), 2);
        assert!(schedule.take(2).is_none(), "the table is locked");
        schedule.finish(&[3, 2]);
        assert_eq!(taken(&mut schedule, 1).len(), 2);
    }

    #[test]
    fn a_circle_is_found() {
        let schedule = Schedule::new(vec![step(0, 0, &[1], &[]), step(1, 0, &[0], &[])], |_| false);
        assert_eq!(schedule.stuck().map(|step| step.id), Some(0));
    }
}
