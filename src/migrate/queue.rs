//! Where workers get their steps from, and tell which are done.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::migrate::error::MigrateError;
use crate::plan::{Schedule, Step};

/// A queue of steps that several workers share.
pub(crate) trait StepQueue: Send + Sync {
    /// Waits for steps that may run now, and takes them: one, or several that go together. `None` when all are done.
    fn take(&self) -> impl Future<Output = Result<Option<Vec<Step>>, MigrateError>> + Send;

    /// Takes note that steps are done, for good.
    fn finish(&self, steps: &[Step]) -> impl Future<Output = Result<(), MigrateError>> + Send;
}

/// The queue of workers in this process.
#[derive(Debug)]
pub(crate) struct MemoryQueue {
    schedule: Mutex<Schedule>,
    changed: Notify,
    workers: usize,
}

impl MemoryQueue {
    pub(crate) fn new(schedule: Schedule, workers: usize) -> MemoryQueue {
        MemoryQueue { schedule: Mutex::new(schedule), changed: Notify::new(), workers }
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StepQueue for MemoryQueue {
    async fn take(&self) -> Result<Option<Vec<Step>>, MigrateError> {
        loop {
            // Made before the look, so that no change in between is missed.
            let changed = self.changed.notified();
            {
                let mut schedule = self.schedule();
                if schedule.is_finished() {
                    return Ok(None);
                }
                if let Some(steps) = schedule.take(self.workers) {
                    return Ok(Some(steps));
                }
                if let Some(step) = schedule.stuck() {
                    let action = format!("order the steps: {:?} waits for ever", step.work);
                    return Err(MigrateError::statement(action, "the dependencies form a circle"));
                }
            }
            changed.await;
        }
    }

    async fn finish(&self, steps: &[Step]) -> Result<(), MigrateError> {
        let ids: Vec<usize> = steps.iter().map(|step| step.id).collect();
        self.schedule().finish(&ids);
        self.changed.notify_waiters();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{MemoryQueue, StepQueue};
    use crate::plan::{Need, Schedule, Step, Why, Work};

    #[tokio::test]
    async fn a_worker_waits_for_what_another_one_does() {
        let step = |id, needs: &[usize]| Step {
            id,
            work: Work::Entry(id),
            needs: needs.iter().map(|step| Need { step: *step, why: Why::Archive }).collect(),
            locks: Vec::new(),
            weight: 1,
        };
        let queue = MemoryQueue::new(Schedule::new(vec![step(0, &[]), step(1, &[0])], |_| false), 2);
        let first = queue.take().await.unwrap().unwrap();
        let (second, finished) = tokio::join!(queue.take(), queue.finish(&first));
        finished.unwrap();
        let second = second.unwrap().unwrap();
        assert_eq!((first[0].id, second[0].id), (0, 1));
        queue.finish(&second).await.unwrap();
        assert_eq!(queue.take().await.unwrap(), None);
    }
}
