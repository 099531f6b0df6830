//! Both threads pinned to one core: nobody moves unless the other one gives the core away.

use crate::contender::{Case, Contender, Metric};
use crate::rivals;
use crate::spsc::item;
use crate::spsc::payload::{Item, Payload};
use crate::spsc::rival::Rival;

/// A small and a middle ring of words.
pub fn cases() -> Vec<Case> {
    [64, 1024].into_iter().map(case::<Item<1>>).collect()
}

fn case<T: Payload>(capacity: usize) -> Case {
    let mut visitor = Contenders { capacity, list: vec![item::floor::<T>()] };
    rivals::every_item_rival::<T, _>(&mut visitor);
    Case {
        room: "spsc",
        topology: "one-core",
        regime: format!("{}, both threads on one core", item::regime::<T>(capacity)),
        capacity,
        item_bytes: T::WORDS * 8,
        sides: (1, 1),
        threads_per_core: 2.0,
        rounds: None,
        metric: Metric::ItemsPerSecond,
        contenders: visitor.list,
    }
}

struct Contenders {
    capacity: usize,
    list: Vec<Contender>,
}

impl<T: Payload> rivals::Visit<T> for Contenders {
    fn visit<R: Rival<T>>(&mut self) {
        let capacity = self.capacity;
        self.list.push(Contender {
            name: R::NAME,
            role: R::role(capacity),
            note: R::note(capacity),
            ways: R::WAYS.on_one_core(),
            run: Box::new(move |plan, wait| item::sample::<T, R>(&plan.on_one_core(), wait, capacity)),
        });
    }
}
