//! Items that know how many of them there are, and that panic on demand.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

/// Counts the living and the dropped.
#[derive(Clone, Default)]
pub struct Census {
    made: Rc<Cell<usize>>,
    dropped: Arc<Vec<AtomicUsize>>,
}

/// An item of a census. Dropping it twice is noticed.
pub struct Tracked {
    pub number: usize,
    dropped: Arc<Vec<AtomicUsize>>,
    pub panics: bool,
}

impl Census {
    pub fn new(most: usize) -> Self {
        let dropped = (0..most).map(|_| AtomicUsize::new(0)).collect();
        Self { made: Rc::default(), dropped: Arc::new(dropped) }
    }

    pub fn item(&self) -> Tracked {
        let number = self.made.get();
        self.made.set(number + 1);
        Tracked { number, dropped: self.dropped.clone(), panics: false }
    }

    pub fn panicking_item(&self) -> Tracked {
        let mut item = self.item();
        item.panics = true;
        item
    }

    pub fn living(&self) -> usize {
        let dropped = |number: &usize| self.dropped[*number].load(SeqCst) > 0;
        (0..self.made.get()).filter(|number| !dropped(number)).count()
    }

    /// Every item was dropped exactly once.
    pub fn assert_all_dropped_once(&self) {
        for number in 0..self.made.get() {
            let times = self.dropped[number].load(SeqCst);
            assert_eq!(times, 1, "item {number} of {} was dropped {times} times", self.made.get());
        }
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.dropped[self.number].fetch_add(1, SeqCst);
        assert!(!self.panics, "item {} panics when dropped", self.number);
    }
}
