//! Which of the steps may run now. It knows nothing of who runs them.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::graph::{Batch, Step};

/// How many small entries are restored in one transaction, at most.
const BATCH_ENTRIES_MAX: usize = 20;

/// The steps that are ready, those that run, and who waits for whom.
#[derive(Debug)]
pub struct Schedule {
    steps: Vec<Step>,
    /// How many steps each one still waits for.
    waiting: Vec<usize>,
    followers: BTreeMap<usize, Vec<usize>>,
    /// By weight, so that the heaviest is the last.
    ready: BTreeSet<(i64, usize)>,
    running: BTreeSet<usize>,
    done: BTreeSet<usize>,
}

impl Schedule {
    /// Of these steps, some of which an interrupted run has done.
    pub fn new(steps: Vec<Step>, is_done: impl Fn(&Step) -> bool) -> Schedule {
        let waiting: Vec<usize> = steps.iter().map(|step| step.needs.len()).collect();
        let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for step in &steps {
            for need in &step.needs {
                followers.entry(*need).or_default().push(step.id);
            }
        }
        let ready = steps.iter().filter(|step| step.needs.is_empty()).map(|s| (s.weight, s.id)).collect();
        let done: Vec<usize> = steps.iter().filter(|step| is_done(step)).map(|step| step.id).collect();
        let (running, done_already) = (BTreeSet::new(), done.iter().copied().collect());
        let mut schedule = Schedule { steps, waiting, followers, ready, running, done: done_already };
        schedule.finish(&done);
        schedule
    }

    /// What a free worker does next: the heaviest step, or several small entries of one kind.
    pub fn take(&mut self, workers: usize) -> Option<Vec<Step>> {
        let batch = |id: usize| self.steps[id].batch;
        let keys_running = self.running.iter().any(|id| batch(*id) == Some(Batch::Key));
        let free = |id: usize| !(keys_running && batch(id) == Some(Batch::Key));
        let (_, first) = self.ready.iter().rev().find(|(_, id)| free(*id)).copied()?;
        let mut chosen = vec![first];
        if let Some(kind) = batch(first) {
            let ids = self.ready.iter().rev().map(|(_, id)| *id);
            let alike = ids.filter(|id| *id != first && batch(*id) == Some(kind));
            let share = alike.clone().count() / workers.max(1);
            chosen.extend(alike.take(share.min(BATCH_ENTRIES_MAX - 1)));
        }
        for id in &chosen {
            self.ready.remove(&(self.steps[*id].weight, *id));
            self.running.insert(*id);
        }
        Some(chosen.into_iter().map(|id| self.steps[id].clone()).collect())
    }

    /// Takes note that steps are done.
    pub fn finish(&mut self, ids: &[usize]) {
        for id in ids {
            self.running.remove(id);
            self.ready.remove(&(self.steps[*id].weight, *id));
            self.done.insert(*id);
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
    use crate::plan::{Batch, Step, Work};

    fn step(id: usize, weight: i64, needs: &[usize], batch: Option<Batch>) -> Step {
        Step { id, work: Work::Entry(id), needs: needs.to_vec(), weight, batch }
    }

    fn taken(schedule: &mut Schedule, workers: usize) -> Vec<usize> {
        schedule.take(workers).unwrap_or_default().iter().map(|step| step.id).collect()
    }

    #[test]
    fn the_heaviest_goes_first_and_nothing_before_what_it_needs() {
        let steps = vec![step(0, 5, &[], None), step(1, 9, &[], None), step(2, 100, &[0], None)];
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
        let steps = vec![step(0, 1, &[], None), step(1, 1, &[0], None), step(2, 1, &[1], None)];
        let mut schedule = Schedule::new(steps, |step| step.id < 2);
        assert_eq!(taken(&mut schedule, 1), [2]);
    }

    #[test]
    fn small_entries_are_shared_out_and_keys_are_left_to_one_worker() {
        let key = Some(Batch::Key);
        let steps = (0..4).map(|id| step(id, 0, &[], key)).collect();
        let mut schedule = Schedule::new(steps, |_| false);
        assert_eq!(taken(&mut schedule, 2).len(), 2);
        assert!(schedule.take(2).is_none(), "a batch of keys is being restored");
    }

    #[test]
    fn a_circle_is_found() {
        let schedule = Schedule::new(vec![step(0, 0, &[1], None), step(1, 0, &[0], None)], |_| false);
        assert_eq!(schedule.stuck().map(|step| step.id), Some(0));
    }
}
