//! The geometry of an interaction diagram: which way data flows, and how arrows run.

use std::collections::HashMap;

use super::layout::{Layout, Place};

/// From so many layers on, layers stand below each other instead of side by side.
const MANY_LAYERS: usize = 5;

/// A box's width and height.
const BOX: (f64, f64) = (160.0, 48.0);

/// Around everything.
pub(super) const MARGIN: f64 = 14.0;

/// How far each arrow that leads back is below the one before it, and how many such places are.
const BOW: f64 = 26.0;
const BOWS: usize = 8;

/// How far a second arrow between the same boxes is from the first.
const APART: f64 = 11.0;

/// How an arrow runs: its corners along the flow and across it.
pub(super) struct Line {
    pub(super) points: Vec<(f64, f64)>,
    /// How far across it hangs, if it leads back.
    pub(super) bottom: Option<f64>,
}

/// Which way data flows, and what that makes of sizes. Everything is reckoned as along the flow and
/// across it, and becomes right and down only where it is written.
pub(super) struct Frame {
    pub(super) is_down: bool,
    /// A box's sizes, and the distances of the middles, along and across.
    pub(super) size: (f64, f64),
    pub(super) step: (f64, f64),
    /// Where the boxes end, across.
    pub(super) edge: f64,
}

impl Frame {
    pub(super) fn of(layout: &Layout) -> Frame {
        let is_down = layout.layers >= MANY_LAYERS;
        let (size, step) = match is_down {
            true => ((BOX.1, BOX.0), (106.0, 196.0)),
            false => (BOX, (262.0, 76.0)),
        };
        Frame { is_down, size, step, edge: 2.0 * MARGIN + layout.height * step.1 }
    }

    /// The beginning of a box along and across.
    pub(super) fn corner(&self, place: Place) -> (f64, f64) {
        let across = MARGIN + place.1 * self.step.1 - self.size.1 / 2.0;
        (MARGIN + place.0 as f64 * self.step.0, across)
    }

    /// Right and down.
    pub(super) fn point(&self, (along, across): (f64, f64)) -> (f64, f64) {
        if self.is_down { (across, along) } else { (along, across) }
    }

    pub(super) fn lines(&self, layout: &Layout, edges: &[(usize, usize)]) -> Vec<Line> {
        let mut seen = HashMap::new();
        let mut back = 0;
        let each = |(edge, way): (&(usize, usize), &Option<Vec<Place>>)| {
            let apart = seen.entry(*edge).and_modify(|each| *each += APART).or_insert(0.0);
            let (from, to) = (self.corner(layout.nodes[edge.0]), self.corner(layout.nodes[edge.1]));
            match way {
                Some(between) => self.forward(from, to, between, *apart),
                None => {
                    back += 1;
                    let bottom = self.edge + BOW * ((back - 1) % BOWS) as f64 + 16.0;
                    self.backward(from, to, bottom, *apart)
                }
            }
        };
        edges.iter().zip(&layout.ways).map(each).collect()
    }

    /// From side to side, straight where it passes a layer.
    fn forward(&self, from: (f64, f64), to: (f64, f64), between: &[Place], apart: f64) -> Line {
        let middle = self.size.1 / 2.0;
        let mut points = vec![(from.0 + self.size.0, from.1 + middle + apart)];
        for place in between {
            let corner = self.corner(*place);
            let across = corner.1 + middle;
            points.extend([(corner.0, across), (corner.0 + self.size.0, across)]);
        }
        points.push((to.0 - 3.0, to.1 + middle + apart));
        Line { points, bottom: None }
    }

    /// Out, back beside everything, and in again.
    fn backward(&self, from: (f64, f64), to: (f64, f64), bottom: f64, apart: f64) -> Line {
        let apart = apart.min(self.size.0 / 4.0);
        let start = (from.0 + self.size.0 * 0.62 + apart, from.1 + self.size.1);
        let end = (to.0 + self.size.0 * 0.38 + apart, to.1 + self.size.1 + 3.0);
        Line { points: vec![start, end], bottom: Some(bottom) }
    }

    /// Where the name of an arrow stands.
    pub(super) fn middle(&self, line: &Line) -> (f64, f64) {
        let (Some(start), Some(end)) = (line.points.first(), line.points.last()) else {
            return (0.0, 0.0);
        };
        if let Some(bottom) = line.bottom {
            let (x, y) = self.point(((start.0 + end.0) / 2.0, bottom));
            return if self.is_down { (x + 6.0, y) } else { (x, y - 5.0) };
        }
        let next = line.points.get(1).unwrap_or(end);
        let (x, y) = self.point(((start.0 + next.0) / 2.0, (start.1 + next.1) / 2.0));
        if self.is_down { (x, y + 4.0) } else { (x, y - 7.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{Graph, layers};
    use super::*;

    fn frame(nodes: usize) -> (Frame, Vec<Line>) {
        let edges: Vec<(usize, usize)> = (1..nodes).map(|node| (node - 1, node)).collect();
        let edges: Vec<(usize, usize)> = edges.into_iter().chain([(nodes - 1, 0)]).collect();
        let layout = layers(&Graph { nodes, edges: edges.clone() });
        let frame = Frame::of(&layout);
        let lines = frame.lines(&layout, &edges);
        (frame, lines)
    }

    #[test]
    fn a_few_layers_stand_side_by_side_and_many_below_each_other() {
        assert_eq!(frame(4).0.point((1.0, 2.0)), (1.0, 2.0));
        assert_eq!(frame(5).0.point((1.0, 2.0)), (2.0, 1.0));
    }

    #[test]
    fn what_leads_back_hangs_below_everything() {
        let (frame, lines) = frame(3);
        let bottoms: Vec<Option<f64>> = lines.iter().map(|line| line.bottom).collect();
        assert_eq!(bottoms[..2], [None, None]);
        assert!(bottoms[2] > Some(frame.edge));
    }
}
