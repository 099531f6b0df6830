//! The models of `ringfold::select`.

use loom::thread;
use ringfold::{
    error::Closed,
    mpsc, select,
    spsc::{self, Consumer, Producer},
};

use super::explore::explore;

fn ring<T>() -> (Producer<T>, Consumer<T>) {
    spsc::with_capacity(1).expect("a small soft mirror can always be had")
}

#[test]
fn either_of_two_rings_wakes_the_sleeper() {
    explore("select over two rings, two producers", Some(2), 200, || {
        let ((mut one_in, mut one), (mut other_in, mut other)) = (ring(), ring());
        let writers = [
            thread::spawn(move || {
                one_in.try_push(1).expect("the ring is empty");
                one_in
            }),
            thread::spawn(move || {
                other_in.try_push(2).expect("the ring is empty");
                other_in
            }),
        ];
        let mut sum = 0;
        for _ in 0..2 {
            sum += match select::wait_any(&mut [&mut one, &mut other]).unwrap() {
                0 => one.try_pop().unwrap(),
                _ => other.try_pop().unwrap(),
            };
        }
        assert_eq!(sum, 3);
        writers.into_iter().for_each(|writer| drop(writer.join()));
    });
}

#[test]
fn the_last_ring_to_close_wakes_the_sleeper() {
    explore("select against push and close", Some(3), 100, || {
        let ((mut one_in, mut one), (other_in, mut other)) = (ring(), ring::<u8>());
        one_in.try_push(1).expect("the ring is empty");
        let writer = thread::spawn(move || drop((one_in, other_in)));
        assert_eq!(select::wait_any(&mut [&mut other, &mut one]), Ok(1));
        assert_eq!(one.try_pop(), Ok(1));
        assert_eq!(select::wait_any(&mut [&mut other, &mut one]), Err(Closed(())));
        writer.join().unwrap();
    });
}

#[test]
fn rings_of_different_rooms_are_waited_for_together() {
    explore("select over mpsc and lanes", Some(2), 100, || {
        let (mut many_in, mut many) = mpsc::with_capacity(1).expect("a small soft mirror can always be had");
        let (mut lanes_in, mut lanes) = mpsc::lanes(1, 1).expect("a small soft mirror can always be had");
        let writer = thread::spawn(move || {
            lanes_in[0].try_push(1).expect("the lane is empty");
            many_in.try_push(2u8).expect("the ring is empty");
            (lanes_in, many_in)
        });
        let mut sum = 0;
        for _ in 0..2 {
            sum += match select::wait_any(&mut [&mut many, &mut lanes]).unwrap() {
                0 => many.try_pop().unwrap(),
                _ => lanes.try_pop().unwrap(),
            };
        }
        assert_eq!(sum, 3);
        drop(writer.join());
    });
}
