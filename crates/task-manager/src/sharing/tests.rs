//! Passes over a small world, one after the other: what they come to, and that they come to an end.

mod world;

use proptest::{collection::vec, prelude::*};

use world::{LEASE, World, labourer, resource, weights};

#[derive(Clone, Debug)]
enum Event {
    Queue(usize, u32),
    Start(usize),
    End(usize, usize),
    Wait(u64),
    Permits(usize, u32),
    /// What somebody uses from now on: 0 is not at all.
    Uses(usize, Vec<u32>),
    Pass(u64),
}

const LABOURERS: usize = 3;
const RESOURCES: usize = 2;

fn any_event() -> impl Strategy<Value = Event> {
    let somebody = || 0..LABOURERS;
    prop_oneof![
        4 => (somebody(), 0_u32..8).prop_map(|(who, count)| Event::Queue(who, count)),
        8 => somebody().prop_map(Event::Start),
        6 => (somebody(), 0_usize..8).prop_map(|(who, which)| Event::End(who, which)),
        1 => (1_u64..70).prop_map(Event::Wait),
        1 => (0..RESOURCES, 0_u32..10).prop_map(|(which, count)| Event::Permits(which, count)),
        1 => (somebody(), vec(0_u32..4, RESOURCES)).prop_map(|(who, of)| Event::Uses(who, of)),
        8 => (0_u64..4).prop_map(Event::Pass),
    ]
}

proptest! {
    #[test]
    fn whatever_changes_a_pass_ends_and_nobody_adds_to_what_is_too_much_or_waits_for_nothing(
        permits in vec(0_u32..10, RESOURCES),
        uses in vec(vec(0_u32..4, RESOURCES), LABOURERS),
        events in vec(any_event(), 0..60),
    ) {
        let mut world = World::new(&permits, &uses);
        for event in events {
            match event {
                Event::Queue(who, count) => world.all[who].queued = count,
                Event::Start(who) => world.start(who),
                Event::End(who, which) => world.end(who, which),
                Event::Wait(seconds) => world.wait(seconds),
                Event::Permits(which, count) => {
                    world.permits.insert(resource(which), count);
                    world.pushed += 1;
                }
                Event::Uses(who, of_each) => {
                    world.all[who].uses = weights(&of_each);
                    world.pushed += 1;
                }
                Event::Pass(turn) => {
                    world.pass(turn);
                    world.check(turn);
                }
            }
        }
    }

    /// Nobody is passed by for ever: whatever else there is to do, whoever has work begins some of it.
    #[test]
    fn whoever_has_work_begins_some_of_it_sooner_or_later(
        permits in vec(3_u32..8, RESOURCES),
        uses in vec(vec(1_u32..4, RESOURCES), LABOURERS),
        ends in vec(0_usize..8, 40),
    ) {
        let mut world = World::new(&permits, &uses);
        let mut begun = [0; LABOURERS];
        for (turn, which) in (0..).zip(ends) {
            world.all.iter_mut().for_each(|someone| someone.queued = 10);
            world.pass(turn / 10);
            for (number, begun) in begun.iter_mut().enumerate() {
                let before = world.all[number].live.len();
                world.start(number);
                *begun += world.all[number].live.len() - before;
            }
            (0..LABOURERS).for_each(|number| world.end(number, which));
        }
        prop_assert!(begun.iter().all(|count| *count > 0), "{:?}", begun);
    }
}

#[test]
fn nothing_is_written_while_everybody_has_what_they_may_have() {
    let mut world = World::new(&[6], &[vec![1], vec![2]]);
    world.all.iter_mut().for_each(|someone| someone.queued = 50);
    world.pass(0);
    let settled = world.writes;
    for _ in 0..20 {
        (0..2).for_each(|number| world.start(number));
        world.pass(0);
        (0..2).for_each(|number| world.end(number, 0));
        world.pass(0);
    }
    assert_eq!(world.writes, settled);
    assert_eq!([0, 1].map(|number| world.all[number].row.share), [Some(2), Some(2)]);
}

#[test]
fn a_share_falls_before_another_rises_and_rises_once_what_it_was_for_has_ended() {
    let mut world = World::new(&[3], &[vec![1], vec![1]]);
    world.all[0].queued = 9;
    world.pass(0);
    world.start(0);
    let shares = |world: &World| [0, 1].map(|number| world.all[number].row.share.unwrap());
    assert_eq!(shares(&world), [3, 0]);
    world.all[1].queued = 9;
    world.pass(0);
    assert_eq!(shares(&world), [2, 0], "all three are live");
    world.end(0, 0);
    world.start(0);
    world.pass(0);
    assert_eq!(shares(&world), [2, 1]);
}

#[test]
fn lowered_permits_are_reached_before_anybody_begins_anything() {
    let mut world = World::new(&[3], &[vec![1], vec![1]]);
    world.all[0].queued = 2;
    world.all[1].queued = 1;
    world.pass(0);
    world.start(0);
    world.permits.insert(resource(0), 2);
    world.pushed += 1;
    world.pass(0);
    world.start(1);
    assert!(world.all[1].live.is_empty(), "two are live, and two is all there is");
    world.end(0, 0);
    world.pass(0);
    world.start(1);
    assert_eq!(world.all[1].live.len(), 1);
}

/// A light one and a heavy one are live when three permits become two: until the heavy one has ended, nothing may begin.
#[test]
fn what_ends_while_too_much_is_live_does_not_begin_anew() {
    let mut world = World::new(&[3], &[vec![1], vec![2]]);
    world.all.iter_mut().for_each(|someone| someone.queued = 9);
    world.pass(0);
    (0..2).for_each(|number| world.start(number));
    world.permits.insert(resource(0), 2);
    world.pushed += 1;
    world.pass(0);
    world.end(0, 0);
    for turn in 0..2 {
        world.pass(turn);
        (0..2).for_each(|number| world.start(number));
        assert_eq!([0, 1].map(|number| world.all[number].live.len()), [0, 1]);
    }
    world.end(1, 0);
    world.pass(0);
    world.start(0);
    assert_eq!(world.all[0].live.len(), 2);
}

#[test]
fn who_is_limited_no_more_holds_what_it_had_live_and_is_forgotten_once_that_has_ended() {
    let mut world = World::new(&[3], &[vec![1], vec![1]]);
    world.all.iter_mut().for_each(|someone| someone.queued = 9);
    world.pass(0);
    world.start(0);
    let had = world.all[0].live.len() as u32;
    world.all[0].uses.clear();
    world.pushed += 1;
    world.pass(0);
    world.start(0);
    assert_eq!(world.all[0].queued, 0, "nothing limits it any more");
    world.pass(0);
    assert_eq!(world.ledger.holders[&labourer(0)].held, had);
    world.wait(LEASE.as_secs());
    world.pass(0);
    assert!(!world.ledger.holders.contains_key(&labourer(0)));
    assert_eq!(world.all[1].row.share, Some(3));
}
