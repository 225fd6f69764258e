//! Areas against what is plain to see.

use super::*;
use proptest::prelude::*;

fn at(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).unwrap()
}

fn polygon(corners: &[(f64, f64)]) -> Outline {
    Outline::of(Area::Polygon(
        corners.iter().map(|(a, b)| at(*a, *b)).collect(),
    ))
}

#[test]
fn a_polygon_with_a_bay_holds_what_lies_within() {
    let bay = polygon(&[(0.0, 0.0), (0.0, 4.0), (4.0, 4.0), (1.0, 2.0), (4.0, 0.0)]);
    assert!(bay.holds(at(0.5, 2.0)) && bay.holds(at(3.0, 3.8)) && bay.holds(at(3.0, 0.2)));
    assert!(!bay.holds(at(2.0, 2.0)) && !bay.holds(at(-0.1, 2.0)) && !bay.holds(at(2.0, 4.1)));
    let south = bay.metres_outside(at(-0.01, 2.0));
    assert!((south - 1_111.95).abs() < 1.0, "{south}");
    assert_eq!(bay.metres_outside(at(0.5, 2.0)), 0.0);
}

#[test]
fn edges_that_cross_or_touch_are_found() {
    let ring = |corners: &[(f64, f64)]| -> Option<(usize, usize)> {
        crossed(&corners.iter().map(|(a, b)| at(*a, *b)).collect::<Vec<_>>())
    };
    let square = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)];
    assert_eq!(ring(&square), None);
    let bow = [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)];
    assert_eq!(ring(&bow), Some((0, 2)));
    let spike = [(0.0, 0.0), (0.0, 2.0), (0.0, 1.0), (1.0, 1.0)];
    assert_eq!(ring(&spike), Some((0, 1)));
    let touches = [(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (0.0, 1.0), (2.0, 0.0)];
    assert!(ring(&touches).is_some());
    let line = [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0)];
    assert!(ring(&line).is_some());
}

#[test]
fn a_circle_over_the_date_line_goes_on_behind_it() {
    let centre = at(-17.0, 179.999);
    let circle = Outline::of(Area::Circle {
        centre,
        radius: 1_000.0,
    });
    assert!(circle.holds(at(-17.0, -179.997)));
    assert!(!circle.holds(at(-17.0, -179.9)));
    assert!(circle.metres_outside(at(-17.0, -179.9)) > 9_000.0);
}

proptest! {
    #[test]
    fn bounds_leave_out_nothing_that_lies_within(
        lat in -85.0..85.0f64, lon in -180.0..180.0f64, radius in 1.0..400_000.0f64,
        north in -4.0..4.0f64, east in -20.0..20.0f64,
    ) {
        let point = at((lat + north).clamp(-90.0, 90.0), (lon + east).clamp(-180.0, 180.0));
        let centre = at(lat, lon);
        let circle = Outline::of(Area::Circle { centre, radius });
        prop_assert_eq!(circle.holds(point), centre.metres_to(point) <= radius);
        let bounds = Bounds::of(&[centre], radius);
        let bands = bounds.bands();
        prop_assert!(!bounds.may_hold(point) || bands.contains(&crate::place::bounds::band(point.lat())));
    }

    #[test]
    fn cells_hold_what_lies_in_one_of_them(
        lat in -80.0..80.0f64, lon in -179.0..179.0f64, step in -0.02..0.02f64,
    ) {
        let home = Cell::of(at(lat, lon), 8).unwrap();
        let cells: BTreeSet<Cell> = home.around().into_iter().collect();
        let fence = Outline::of(Area::Cells(cells.clone()));
        let point = at(lat + step, lon - step);
        let within = cells.contains(&Cell::of(point, 8).unwrap());
        prop_assert_eq!(fence.holds(point), within);
        let away = fence.metres_outside(point);
        prop_assert_eq!(away == 0.0, within);
        prop_assert!(away <= point.metres_to(home.centre()) + 1.0);
    }

    #[test]
    fn a_fine_polygon_is_as_far_away_as_its_circle(
        lat in -60.0..60.0f64, lon in -170.0..170.0f64, north in 0.02..0.2f64, east in 0.02..0.2f64,
    ) {
        let centre = at(lat, lon);
        let (tall, wide) = (2_000.0 / metres_per_degree_east(0.0), 2_000.0 / metres_per_degree_east(lat));
        let turns = (0..720).map(|n| f64::from(n) * std::f64::consts::PI / 360.0);
        let corners = turns.map(|a| at(lat + tall * a.sin(), lon + wide * a.cos())).collect();
        let fine = Outline::of(Area::Polygon(corners));
        let circle = Outline::of(Area::Circle { centre, radius: 2_000.0 });
        let point = at(lat + north, lon + east);
        let (one, two) = (fine.metres_outside(point), circle.metres_outside(point));
        prop_assert!((one - two).abs() <= two * 0.005 + 2.0, "{one} {two}");
    }
}
