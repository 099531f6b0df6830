//! What one thread's rooms are beside a queue: capacities, alignments, and the traits of `std`.

use std::{
    cell::Cell,
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::Mutex,
};

use ringfold::{
    ByteStream, Queue, Ring,
    memory::Memory,
    queue,
    ring::{self, Cells, Inline, IntoIter},
    stream,
};

use crate::memory::{memory, place, seam, single};

#[test]
fn capacities_are_exact_or_refused() {
    for capacity in [1, 2, 3, 4095, 4096, 4097, 100_000] {
        let mut ring = single::<u8>(capacity);
        assert_eq!((ring.capacity(), ring.free(), ring.spare().len()), (capacity, capacity, capacity));
        assert_eq!(ring.push_slice(&vec![1; capacity + 1]), capacity);
    }
    fn refused<T: std::fmt::Debug>(capacity: usize) -> String {
        let error = Ring::<T>::builder(capacity).memory(memory()).build().unwrap_err();
        assert!(error.is_invalid() && !error.help().is_empty(), "{error}");
        assert!(Queue::<T>::with_capacity(capacity).unwrap_err().is_invalid());
        error.to_string()
    }
    assert!(refused::<u8>(0).contains("capacity 0") && refused::<()>(0).contains("capacity 0"));
    assert!(ByteStream::with_capacity(0).unwrap_err().is_invalid());
    assert!(refused::<u16>(usize::MAX).contains("address space"));
    assert!(refused::<u8>(usize::MAX).contains("address space"));
    assert!(refused::<[u8; 4097]>(isize::MAX as usize).contains("address space"));
    assert!(refused::<()>(usize::MAX).contains("more than a ring can count"));
    // This much is no nonsense, but there is no such memory.
    assert!(Ring::<u8>::builder(isize::MAX as usize).memory(memory()).build().is_err());
    let mut most = single::<()>(isize::MAX as usize);
    assert_eq!(most.push_slice(&[(); usize::MAX]), isize::MAX as usize);
    assert!(most.is_full() && most.push(()).is_err());
    assert_eq!(most.consume(usize::MAX), isize::MAX as usize);
}

#[test]
fn a_ring_of_one() {
    fn test<S: ring::Storage<[u8; 3]>>(mut ring: Ring<[u8; 3], S>) {
        for n in 0..3000_u32 {
            let item = |n: u32| [n as u8, (n >> 8) as u8, 7];
            ring.push(item(n)).unwrap();
            assert_eq!(ring.push(item(n + 1)).unwrap_err().0, item(n + 1));
            assert_eq!(ring.push_overwrite(item(n + 2)), Some(item(n)));
            assert_eq!(ring.as_slice(), [item(n + 2)]);
            assert_eq!((ring.pop(), ring.pop()), (Some(item(n + 2)), None));
        }
    }
    test(single(1));
    test(Inline::<_, 1>::new());
}

#[test]
fn alignments_up_to_a_page() {
    #[repr(align(64))]
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Line(u8);
    #[repr(align(4096))]
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Page(u16);
    #[repr(align(8192))]
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct TwoPages(u8);
    #[repr(align(8192))]
    #[derive(PartialEq, Debug)]
    struct NoByteOfTwoPages;

    fn test<T: Copy + PartialEq + std::fmt::Debug, S: ring::Storage<T>>(
        mut ring: Ring<T, S>,
        item: impl Fn(usize) -> T,
    ) {
        for n in 0..1000 {
            _ = ring.push_overwrite(item(n));
            let misaligned = ring.as_slice().as_ptr().addr() % align_of::<T>();
            assert_eq!((misaligned, ring[ring.len() - 1]), (0, item(n)));
            if n % 7 == 0 {
                ring.pop();
            }
        }
    }
    test(single(3), |n| Line(n as u8));
    test(Inline::<_, 3>::new(), |n| Line(n as u8));
    test(single(3), |n| Page(n as u16));
    test(Inline::<_, 3>::new(), |n| Page(n as u16));
    test(Inline::<_, 3>::new(), |n| TwoPages(n as u8));
    let page = single::<u8>(1).memory().unwrap().alignment;
    if page < 8192 {
        for kind in [Memory::Auto, Memory::Soft] {
            let error = Ring::<TwoPages>::builder(3).memory(kind).build().unwrap_err();
            assert!(error.is_invalid() && error.to_string().contains("aligned to 8192"), "{error}");
            assert!(error.help().contains("boxes"), "{}", error.help());
        }
    }
    let mut nothing = single::<NoByteOfTwoPages>(3);
    nothing.push(NoByteOfTwoPages).unwrap();
    assert_eq!(nothing.as_slice().as_ptr().addr() % 8192, 0);
    assert_eq!(nothing.pop(), Some(NoByteOfTwoPages));
}

#[test]
fn equal_content_is_equal_wherever_it_lies() {
    let mut ring = single(3);
    let steps = seam(&ring) - 1;
    place(&mut ring, steps, || 1_u64);
    ring.push_slice(&[2, 3]);
    let inline = {
        let mut inline = Inline::<u64, 7>::new();
        inline.extend([1, 2, 3]);
        inline
    };
    assert_eq!(ring, inline);
    assert_eq!(ring, [1, 2, 3]);
    assert_eq!(ring, [1, 2, 3][..]);
    assert_ne!(ring, [1, 2]);
    let state = RandomState::new();
    assert_eq!(state.hash_one(&ring), state.hash_one(&inline));
    assert_eq!(state.hash_one(&ring), state.hash_one(vec![1_u64, 2, 3]));
    assert_eq!(Queue::from(ring.clone()), Queue::from(inline.clone()));
    assert_eq!(HashSet::from([Queue::from(ring.clone())]).len(), 1);
    assert_eq!(format!("{ring:?} {:?}", Queue::from(inline.clone())), "[1, 2, 3] [1, 2, 3]");
    assert_eq!(format!("{:?}", ring.clone().into_iter()), "IntoIter([1, 2, 3])");
    assert_eq!(AsRef::<[u64]>::as_ref(&ring), [1, 2, 3]);
    AsMut::<[u64]>::as_mut(&mut ring)[0] = 9;
    ring[1..].reverse();
    assert_eq!((ring[0], &ring[1..], ring.get(3)), (9, &[3, 2][..], None));
}

#[test]
fn clones_are_of_the_same_kind_and_apart() {
    for kind in [Memory::Soft, Memory::Auto] {
        let mut ring = Ring::builder(3).memory(kind).build().unwrap();
        ring.extend([String::from("a"), String::from("b")]);
        let mut clone = ring.try_clone().unwrap();
        assert_eq!(clone, ring);
        assert_eq!(clone.capacity(), 3);
        assert_eq!(clone.memory().unwrap().method, ring.memory().unwrap().method);
        clone[0].push('!');
        assert_eq!((clone[0].as_str(), ring[0].as_str()), ("a!", "a"));
    }
    assert_eq!(single::<()>(5).clone().capacity(), 5);
    let mut stream = ByteStream::from(single::<u8>(4));
    stream.push_slice(b"abc");
    stream.close();
    let clone = stream.clone();
    assert_eq!((clone.readable(), clone.is_closed(), clone.capacity()), (&b"abc"[..], true, 4));
    assert_eq!(format!("{clone:?}"), "ByteStream { len: 3, capacity: 4, closed: true }");
}

#[test]
fn a_clone_that_panics_leaks_nothing() {
    use crate::tracked::{Census, Tracked};
    struct Grumpy(Tracked, Census);
    impl Clone for Grumpy {
        fn clone(&self) -> Self {
            assert!(self.0.number != 2, "not this one");
            Self(self.1.item(), self.1.clone())
        }
    }
    fn test<S: ring::Storage<Grumpy>>(mut ring: Ring<Grumpy, S>)
    where
        Ring<Grumpy, S>: Clone,
    {
        let census = Census::new(10);
        ring.push_iter((0..4).map(|_| Grumpy(census.item(), census.clone())));
        let cloned = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ring.clone()));
        assert!(cloned.is_err());
        assert_eq!(census.living(), 4, "two clones were made, and dropped");
        drop(ring);
        census.assert_all_dropped_once();
    }
    test(single(4));
    test(Inline::<Grumpy, 4>::new());
}

#[test]
fn conversions() {
    let ring = Ring::try_from(vec![1, 2, 3]).unwrap();
    assert_eq!((ring.capacity(), ring.as_slice()), (3, &[1, 2, 3][..]));
    let none = Ring::try_from(Vec::<u8>::new()).unwrap();
    assert_eq!((none.capacity(), none.len()), (1, 0));
    assert_eq!(Ring::try_from(["a", "b"]).unwrap(), ["a", "b"]);
    assert_eq!(Ring::<u8>::try_from([]).unwrap().capacity(), 1);
    let queue: Queue<_> = Ring::try_from([1, 2]).unwrap().into();
    assert_eq!(queue.into_iter().rev().collect::<Vec<_>>(), [2, 1]);
    let mut sum = 0;
    let mut ring = Ring::try_from([1, 2]).unwrap();
    for n in &mut ring {
        *n += 1;
    }
    for n in &ring {
        sum += n;
    }
    for n in ring {
        sum += 10 * n;
    }
    assert_eq!(sum, 55);
}

#[test]
fn in_a_static_and_by_default() {
    static LAST: Mutex<Inline<u16, 3>> = Mutex::new(Inline::new());
    static QUEUE: Mutex<queue::Inline<u16, 3>> = Mutex::new(queue::Inline::new());
    static STREAM: Mutex<stream::Inline<3>> = Mutex::new(stream::Inline::new());
    for n in 0..10 {
        LAST.lock().unwrap().push_overwrite(n);
        let mut queue = QUEUE.lock().unwrap();
        if let Some(mut slots) = queue.reserve(1) {
            slots.push(n).unwrap();
            slots.commit();
        }
        STREAM.lock().unwrap().push_slice(&[n as u8]);
    }
    assert_eq!(LAST.lock().unwrap().as_slice(), [7, 8, 9]);
    assert_eq!(QUEUE.lock().unwrap().peek(), [0, 1, 2]);
    assert_eq!(STREAM.lock().unwrap().readable(), [0, 1, 2]);
    assert!(Inline::<u8, 2>::default().is_empty() && stream::Inline::<2>::default().is_empty());
}

/// Who may travel to another thread, and who may be looked at from two.
#[test]
fn threads() {
    fn travels<T: Send>() {}
    fn is_shared<T: Sync>() {}
    travels::<(Ring<u8>, Ring<u8, Cells<u8, 3>>, IntoIter<u8>, Queue<u8>, ByteStream, stream::Inline<3>)>();
    is_shared::<(Ring<u8>, Ring<u8, Cells<u8, 3>>, IntoIter<u8>, Queue<u8>, ByteStream, stream::Inline<3>)>();
    travels::<(Ring<Cell<u8>>, Inline<Cell<u8>, 3>, queue::Reservation<'_, Cell<u8>>)>();
    is_shared::<queue::Reservation<'_, u8>>();

    // Two threads look at one ring.
    let ring = Ring::try_from(vec![String::from("a"), String::from("b")]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(ring.iter().map(String::len).sum::<usize>(), 2));
        }
    });
}
