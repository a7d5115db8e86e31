//! Where the pop stands: bottom right, or where it was dragged to on this very set of monitors; never off-screen.
//! Pure: physical pixels in, physical pixels out.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// The gap between the pop and the edges of the work area where it was never dragged, in logical pixels.
const MARGIN: f64 = 16.0;

/// A rectangle in physical pixels of the whole desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

/// One monitor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Screen {
    /// As the system names it; empty where it does not.
    pub(crate) name: String,
    /// All of it.
    pub(crate) whole: Area,
    /// Without panels and docks.
    pub(crate) work: Area,
    /// Physical pixels per logical one.
    pub(crate) scale: f64,
}

/// Which edge stays when the pop grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Hangs {
    /// The upper edge stays: the pop is in the upper half.
    Top,
    /// The lower edge stays: it is in the lower half.
    Bottom,
}

/// Where the pop was dragged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The left edge.
    pub(crate) left: i32,
    /// The edge that stays.
    pub(crate) edge: i32,
    /// Which edge that is.
    pub(crate) hangs: Hangs,
}

/// The name of a set of monitors: the same monitors in the same arrangement, in whatever order they are told.
pub(crate) fn set_of(screens: &[Screen]) -> String {
    let mut names: Vec<String> = screens
        .iter()
        .map(|screen| {
            let Area { x, y, width, height } = screen.whole;
            let mut name = screen.name.clone();
            // Writing to a String cannot fail.
            let _ = write!(name, " {width}x{height}{x:+}{y:+}");
            name
        })
        .collect();
    names.sort_unstable();
    names.join(" | ")
}

/// Where the upper left corner of a pop of this size goes; `main` is the monitor it comes up on when it was
/// never dragged. None without any monitor.
pub(crate) fn place(
    screens: &[Screen],
    main: usize,
    remembered: Option<Place>,
    (width, height): (i32, i32),
) -> Option<(i32, i32)> {
    let Some(place) = remembered else {
        let screen = screens.get(main).or_else(|| screens.first())?;
        #[expect(clippy::cast_possible_truncation, reason = "a margin of a few pixels")]
        let margin = (MARGIN * screen.scale).round() as i32;
        let corner = Area {
            x: screen.work.x + screen.work.width - width - margin,
            y: screen.work.y + screen.work.height - height - margin,
            width,
            height,
        };
        return Some(within(corner, screen.work));
    };
    let top = match place.hangs {
        Hangs::Top => place.edge,
        Hangs::Bottom => place.edge - height,
    };
    let wanted = Area { x: place.left, y: top, width, height };
    Some(within(wanted, nearest(screens, wanted)?.work))
}

/// What to remember of a pop that was dragged to `at`.
pub(crate) fn remember(screens: &[Screen], at: Area) -> Option<Place> {
    let work = nearest(screens, at)?.work;
    let is_low = (at.y - work.y) + at.height / 2 > work.height / 2;
    let (edge, hangs) = if is_low { (at.y + at.height, Hangs::Bottom) } else { (at.y, Hangs::Top) };
    Some(Place { left: at.x, edge, hangs })
}

/// The monitor that shows the most of an area, else the one whose middle is closest.
fn nearest(screens: &[Screen], area: Area) -> Option<&Screen> {
    screens.iter().max_by_key(|screen| {
        let shared = shared(screen.whole, area);
        (shared, -distance(screen.whole, area))
    })
}

fn shared(a: Area, b: Area) -> i64 {
    let width = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
    let height = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
    i64::from(width.max(0)) * i64::from(height.max(0))
}

fn distance(a: Area, b: Area) -> i64 {
    let across = i64::from(a.x + a.width / 2) - i64::from(b.x + b.width / 2);
    let down = i64::from(a.y + a.height / 2) - i64::from(b.y + b.height / 2);
    across * across + down * down
}

/// Moved into `work`; what is larger than it shows its upper left corner.
fn within(area: Area, work: Area) -> (i32, i32) {
    let x = area.x.min(work.x + work.width - area.width).max(work.x);
    let y = area.y.min(work.y + work.height - area.height).max(work.y);
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POP: (i32, i32) = (460, 300);

    fn screen(name: &str, x: i32, y: i32, width: i32, height: i32) -> Screen {
        let whole = Area { x, y, width, height };
        // A panel of 40 pixels at the bottom.
        Screen { name: name.into(), whole, work: Area { height: height - 40, ..whole }, scale: 1.0 }
    }

    fn desk() -> Vec<Screen> {
        vec![screen("A", 0, 0, 1920, 1080), screen("B", 1920, 0, 1280, 1024)]
    }

    #[test]
    fn comes_up_bottom_right_of_the_work_area() {
        assert_eq!(place(&desk(), 0, None, POP), Some((1920 - 460 - 16, 1040 - 300 - 16)));
        assert_eq!(place(&desk(), 1, None, POP), Some((3200 - 460 - 16, 984 - 300 - 16)));
        assert_eq!(place(&desk(), 7, None, POP), place(&desk(), 0, None, POP));
        assert_eq!(place(&[], 0, None, POP), None);
    }

    #[test]
    fn the_margin_is_logical() {
        let mut screens = desk();
        screens[0].scale = 2.0;
        assert_eq!(place(&screens, 0, None, POP), Some((1920 - 460 - 32, 1040 - 300 - 32)));
    }

    #[test]
    fn stays_where_it_was_dragged_and_grows_away_from_the_near_edge() {
        let low = remember(&desk(), Area { x: 2000, y: 600, width: 460, height: 300 }).unwrap();
        assert_eq!(low, Place { left: 2000, edge: 900, hangs: Hangs::Bottom });
        assert_eq!(place(&desk(), 0, Some(low), (460, 500)), Some((2000, 400)));
        let high = remember(&desk(), Area { x: 40, y: 30, width: 460, height: 300 }).unwrap();
        assert_eq!(high, Place { left: 40, edge: 30, hangs: Hangs::Top });
        assert_eq!(place(&desk(), 0, Some(high), (460, 500)), Some((40, 30)));
    }

    #[test]
    fn comes_back_when_its_monitor_is_gone() {
        let on_b = remember(&desk(), Area { x: 2700, y: 600, width: 460, height: 300 }).unwrap();
        let only_a = vec![screen("A", 0, 0, 1920, 1080)];
        assert_eq!(place(&only_a, 0, Some(on_b), POP), Some((1460, 600)));
        assert_eq!(place(&only_a, 0, Some(Place { left: -900, edge: -500, hangs: Hangs::Top }), POP), Some((0, 0)));
    }

    #[test]
    fn never_reaches_out_of_the_work_area() {
        let screens = vec![screen("left", -1280, 200, 1280, 1024), screen("A", 0, 0, 1920, 1080)];
        for left in (-3000..4000).step_by(370) {
            for edge in (-2000..3000).step_by(290) {
                for hangs in [Hangs::Top, Hangs::Bottom] {
                    let (x, y) = place(&screens, 0, Some(Place { left, edge, hangs }), POP).unwrap();
                    let is_inside = screens.iter().any(|screen| {
                        let work = screen.work;
                        x >= work.x
                            && y >= work.y
                            && x + POP.0 <= work.x + work.width
                            && y + POP.1 <= work.y + work.height
                    });
                    assert!(is_inside, "{left} {edge} {hangs:?} → {x} {y}");
                }
            }
        }
    }

    #[test]
    fn a_pop_taller_than_the_screen_shows_its_head() {
        assert_eq!(place(&[screen("A", 0, 0, 800, 480)], 0, None, (460, 900)), Some((324, 0)));
    }

    #[test]
    fn monitors_of_different_scales_keep_the_pop_on_the_one_it_was_dragged_to() {
        // 150 % to the left, with negative coordinates, beside 100 %.
        let screens =
            vec![Screen { scale: 1.5, ..screen("laptop", -2880, -240, 2880, 1620) }, screen("desk", 0, 0, 1920, 1080)];
        let on_the_laptop = (690, 450);
        let place_there = remember(&screens, Area { x: -800, y: 1000, width: 690, height: 450 }).unwrap();
        assert_eq!(place(&screens, 1, Some(place_there), on_the_laptop), Some((-800, 890)));
        // Where it was never dragged the margin is of the monitor's own scale.
        assert_eq!(place(&screens, 0, None, on_the_laptop), Some((-690 - 24, 1620 - 240 - 40 - 450 - 24)));
        // The laptop is taken away: the pop comes to the monitor that is left, whole.
        let (x, y) = place(&screens[1..], 0, Some(place_there), POP).unwrap();
        assert!((0..=1920 - 460).contains(&x) && (0..=1040 - 300).contains(&y), "{x} {y}");
        // And back again it is where it was.
        assert_eq!(place(&screens, 1, Some(place_there), on_the_laptop), Some((-800, 890)));
    }

    #[test]
    fn a_set_of_monitors_has_one_name_in_any_order() {
        let mut turned = desk();
        turned.reverse();
        assert_eq!(set_of(&desk()), set_of(&turned));
        let mut moved = desk();
        moved[1].whole.x = -1280;
        assert_ne!(set_of(&desk()), set_of(&moved));
        assert_ne!(set_of(&desk()), set_of(&desk()[..1]));
    }
}
