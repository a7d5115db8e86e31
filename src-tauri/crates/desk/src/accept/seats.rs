//! Who is connected, and who has to go when the room is full.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::progress::Progress;

/// The places for connections, counted in all and per address.
pub(super) struct Seats {
    in_all: usize,
    per_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    by_number: HashMap<u64, Seated>,
    of_address: HashMap<IpAddr, usize>,
}

struct Seated {
    address: IpAddr,
    progress: Arc<Progress>,
    close: CancellationToken,
}

/// The answer to a newcomer.
pub(super) struct TakenSeat {
    /// None when every connection that could make room is being served.
    pub(super) seat: Option<Seat>,
    /// Whether another had to go, or this one.
    pub(super) made_room: bool,
}

/// A place, free again when dropped.
pub(super) struct Seat {
    number: u64,
    seats: Arc<Seats>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken().remove(self.number);
    }
}

impl Seats {
    pub(super) fn new(in_all: usize, per_address: usize) -> Seats {
        Seats { in_all: in_all.max(1), per_address: per_address.max(1), taken: Mutex::default() }
    }

    /// Takes a place for a new connection. `close` is cancelled when it has to go in turn.
    pub(super) fn take(self: &Arc<Self>, ip: IpAddr, progress: Arc<Progress>, close: CancellationToken) -> TakenSeat {
        let address = counted_as(ip);
        let mut taken = self.taken();
        let of_address = taken.of_address.get(&address).copied().unwrap_or(0);
        let full = if of_address >= self.per_address {
            Some(taken.longest_waiting_of(address))
        } else if taken.by_number.len() >= self.in_all {
            Some(taken.longest_waiting(address))
        } else {
            None
        };
        let made_room = full.is_some();
        if let Some(leaving) = full {
            let Some(leaving) = leaving else {
                return TakenSeat { seat: None, made_room };
            };
            taken.dismiss(leaving);
        }
        let number = taken.next;
        taken.next += 1;
        *taken.of_address.entry(address).or_default() += 1;
        taken.by_number.insert(number, Seated { address, progress, close });
        TakenSeat { seat: Some(Seat { number, seats: Arc::clone(self) }), made_room }
    }

    /// Closes up to `count` waiting connections, the longest waiting first; says how many.
    pub(super) fn make_room(&self, count: usize) -> usize {
        let mut taken = self.taken();
        let mut waiting: Vec<_> = taken
            .by_number
            .iter()
            .filter_map(|(number, seated)| Some((seated.progress.waiting_since()?, *number)))
            .collect();
        waiting.sort_unstable();
        waiting.truncate(count);
        for (_since, number) in &waiting {
            taken.dismiss(*number);
        }
        waiting.len()
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn longest_waiting_of(&self, address: IpAddr) -> Option<u64> {
        self.by_number
            .iter()
            .filter(|(_number, seated)| seated.address == address)
            .filter_map(|(number, seated)| Some((seated.progress.waiting_since()?, *number)))
            .min()
            .map(|(_since, number)| number)
    }

    /// The longest waiting of the address that holds most places, the newcomer counted in. So a crowd thins
    /// itself out, and the few connections of the PBX are not played off against each other.
    fn longest_waiting(&self, newcomer: IpAddr) -> Option<u64> {
        self.by_number
            .iter()
            .filter_map(|(number, seated)| {
                let since = seated.progress.waiting_since()?;
                let held = self.of_address.get(&seated.address).copied().unwrap_or(0);
                let held = held + usize::from(seated.address == newcomer);
                Some((Reverse(held), since, *number))
            })
            .min()
            .map(|(_held, _since, number)| number)
    }

    fn dismiss(&mut self, number: u64) {
        if let Some(seated) = self.remove(number) {
            seated.close.cancel();
        }
    }

    fn remove(&mut self, number: u64) -> Option<Seated> {
        let seated = self.by_number.remove(&number)?;
        if let Some(count) = self.of_address.get_mut(&seated.address) {
            *count -= 1;
            if *count == 0 {
                self.of_address.remove(&seated.address);
            }
        }
        Some(seated)
    }
}

/// The address that connections are counted under: one IPv6 customer owns a whole /64.
fn counted_as(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accept::Limits;
    use tokio::time::{Duration, Instant};

    const PBX: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(81, 88, 85, 67));
    const CROWD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

    struct Room {
        seats: Arc<Seats>,
        start: Instant,
        arrivals: u64,
    }

    struct Guest {
        seat: Option<Seat>,
        progress: Arc<Progress>,
        close: CancellationToken,
    }

    impl Room {
        fn new(in_all: usize, per_address: usize) -> Room {
            Room { seats: Arc::new(Seats::new(in_all, per_address)), start: Instant::now(), arrivals: 0 }
        }

        fn enter(&mut self, ip: IpAddr) -> Guest {
            self.arrivals += 1;
            let now = self.start + Duration::from_millis(self.arrivals);
            let progress = Arc::new(Progress::new(Limits::default(), false, now));
            let close = CancellationToken::new();
            let taken = self.seats.take(ip, Arc::clone(&progress), close.clone());
            Guest { seat: taken.seat, progress, close }
        }

        fn counts(&self) -> (usize, usize) {
            let taken = self.seats.taken();
            (taken.by_number.len(), taken.of_address.values().sum())
        }
    }

    #[test]
    fn the_longest_waiting_of_the_same_address_goes_first() {
        let mut room = Room::new(10, 2);
        let other = room.enter(PBX);
        let oldest = room.enter(CROWD);
        let middle = room.enter(CROWD);
        let newest = room.enter(CROWD);
        assert!(oldest.close.is_cancelled());
        assert!(newest.seat.is_some());
        assert!(!middle.close.is_cancelled() && !other.close.is_cancelled());
        assert_eq!(room.counts(), (3, 3));
    }

    #[test]
    fn a_request_being_served_is_never_closed() {
        let mut room = Room::new(10, 2);
        let served = room.enter(CROWD);
        served.progress.request_begun(false);
        let waiting = room.enter(CROWD);
        let newcomer = room.enter(CROWD);
        assert!(!served.close.is_cancelled() && waiting.close.is_cancelled());
        newcomer.progress.request_begun(false);
        assert!(room.enter(CROWD).seat.is_none());
        assert!(room.enter(PBX).seat.is_some());
    }

    #[test]
    fn half_a_body_is_no_request_yet() {
        let mut room = Room::new(10, 1);
        let posting = room.enter(CROWD);
        posting.progress.request_begun(true);
        let newcomer = room.enter(CROWD);
        assert!(posting.close.is_cancelled() && newcomer.seat.is_some());
        newcomer.progress.request_begun(true);
        newcomer.progress.body_received();
        assert!(room.enter(CROWD).seat.is_none());
    }

    #[test]
    fn a_full_room_is_thinned_where_it_is_thickest() {
        let mut room = Room::new(4, 3);
        let pbx = room.enter(PBX);
        let crowd: Vec<_> = (0..3).map(|_| room.enter(CROWD)).collect();
        let second = room.enter(PBX);
        assert!(second.seat.is_some() && !pbx.close.is_cancelled());
        assert!(crowd[0].close.is_cancelled());
        assert_eq!(room.counts(), (4, 4));
    }

    #[test]
    fn room_is_made_on_demand_and_seats_are_given_back() {
        let mut room = Room::new(10, 10);
        let mut guests: Vec<_> = (0..4).map(|_| room.enter(CROWD)).collect();
        guests[0].progress.request_begun(false);
        assert_eq!(room.seats.make_room(2), 2);
        assert!(guests[1].close.is_cancelled() && guests[2].close.is_cancelled());
        assert!(!guests[3].close.is_cancelled());
        assert_eq!(room.counts(), (2, 2));
        guests.clear();
        assert_eq!(room.counts(), (0, 0));
        assert!(room.seats.taken().of_address.is_empty());
    }

    #[test]
    fn addresses_are_counted_by_who_owns_them() {
        let text = |text: &str| counted_as(text.parse().unwrap());
        assert_eq!(text("::ffff:81.88.85.67"), PBX);
        assert_eq!(text("2001:db8:1:2::1"), text("2001:db8:1:2:ffff::9"));
        assert_ne!(text("2001:db8:1:2::1"), text("2001:db8:1:3::1"));
    }
}
