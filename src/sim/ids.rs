//! Identifiers in the shapes which real servers give.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Gives identifiers: the same seed gives the same ones in the same order, and none twice.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Ids {
    seed: u64,
    given: u64,
}

impl Ids {
    /// Identifiers of one seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { seed, given: 0 }
    }

    /// A job, run or similar: a number which a 64-bit float cannot hold.
    pub(crate) fn job(&mut self) -> u64 {
        (1 << 53) + 1 + (self.next() % (1 << 59))
    }

    /// A cluster, as `0923-164208-meows279`.
    pub(crate) fn cluster(&mut self) -> String {
        let bits = self.next();
        let mut id = self.moment();
        id.push('-');
        letters(bits, 5, &mut id);
        let _ = write!(id, "{:03}", (bits >> 40) % 1000);
        id
    }

    /// An instance pool, as `0923-164208-rover17-pool-y4lqxk2b`.
    pub(crate) fn pool(&mut self) -> String {
        let (first, second) = (self.next(), self.next());
        let mut id = self.moment();
        id.push('-');
        letters(first, 5, &mut id);
        let _ = write!(id, "{:02}-pool-", (first >> 40) % 100);
        letters(second, 8, &mut id);
        id
    }

    /// Sixteen hexadecimal digits: policies, warehouses.
    pub(crate) fn hex16(&mut self) -> String {
        format!("{:016X}", self.next())
    }

    /// A workspace object: a number of sixteen digits.
    pub(crate) fn object(&mut self) -> i64 {
        let spread = self.next() % 9_000_000_000_000_000;
        1_000_000_000_000_000 + i64::try_from(spread).unwrap_or_default()
    }

    /// A user, group or service principal: digits, as text.
    pub(crate) fn scim(&mut self) -> String {
        self.object().to_string()
    }

    /// A random-looking UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        uuid::Builder::from_random_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
            .into_uuid()
            .to_string()
    }

    /// Sixty-four bits which look random.
    pub(crate) fn next(&mut self) -> u64 {
        self.given += 1;
        mix(self.seed ^ mix(self.given))
    }

    /// A month, day and time that no other identifier has, until a year of seconds is used up.
    fn moment(&self) -> String {
        let second = self.given.wrapping_mul(7919) % (336 * 86_400);
        let (day, second) = (second / 86_400, second % 86_400);
        let (month, day) = (day / 28 + 1, day % 28 + 1);
        format!("{month:02}{day:02}-{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
    }
}

/// Spreads a number over sixty-four bits: one to one, and neighbours end up far apart.
pub(crate) fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn letters(mut bits: u64, count: usize, into: &mut String) {
    for _ in 0..count {
        into.push(char::from(b'a' + u8::try_from(bits % 26).unwrap_or_default()));
        bits /= 26;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn shapes() {
        let mut ids = Ids::seeded(7);
        assert!(ids.job() > 1 << 53);
        let cluster = ids.cluster();
        assert_eq!(cluster.len(), "0923-164208-meows279".len(), "{cluster}");
        assert!(ids.pool().contains("-pool-"));
        assert_eq!(ids.hex16().len(), 16);
        assert_eq!(ids.object().to_string().len(), 16);
        assert_eq!(ids.uuid().len(), 36);
    }

    #[test]
    fn same_seed_same_identifiers_and_none_twice() {
        let take = |seed| {
            let mut ids = Ids::seeded(seed);
            (0..5000).map(|_| ids.cluster()).collect::<Vec<_>>()
        };
        assert_eq!(take(1), take(1));
        assert_ne!(take(1), take(2));
        assert_eq!(take(3).into_iter().collect::<BTreeSet<_>>().len(), 5000);
    }
}
