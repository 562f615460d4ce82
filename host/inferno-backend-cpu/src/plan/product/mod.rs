//! Products with matrices: some panels of a matrix at a time, with all rows of a tile.
//!
//! An item is a few panels and some rows of activations, so many that the panels stay in the nearest cache while rows pass
//! by, and so few that a long prompt leaves no thread without work at the end; `cut` says how many. Rows of decode are
//! multiplied in `decode`, those of prefill, where they are computed differently, in `prefill`.

mod cut;
mod decode;
mod prefill;

use std::{ops::ControlFlow, sync::Arc};

use super::{
    Lead, Out, Place,
    home::{self, Taken},
    work::{Run, Scratch, Shares, take_at_home},
};
use crate::{
    isa::Isa,
    kernels::{matmul::PANELS, prefill::Form},
    weights::Matrix,
};
use cut::{Cut, Item};

/// The activations a product reads: as they are, and in the forms that its matrices take them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input {
    pub(crate) x: Place,
    /// Rows of decode, for quantized matrices.
    pub(crate) q8: Option<Place>,
    /// Rows of prefill, from the first of them on: rounded, and what is made of these.
    pub(crate) bf16: Option<Place>,
    pub(crate) turned: Option<Place>,
}

impl Input {
    /// How rows of prefill are multiplied with a matrix, and where they lie so.
    fn prefill(&self, isa: Isa, matrix: &Matrix) -> Option<(Form, Place)> {
        let form = Form::of(isa, matrix.dtype(), self.x.width, self.turned.is_some())?;
        let place = if form == Form::Turned { self.turned } else { self.bf16 };
        place.map(|place| (form, place))
    }
}

/// One matrix of a product, and where its columns go.
pub(crate) struct Part {
    pub(crate) matrix: Arc<Matrix>,
    pub(crate) bias: Option<Vec<f32>>,
    pub(crate) column: usize,
}

impl Part {
    /// Adds the bias of the columns of panel `panel`.
    fn bias(&self, first: usize, products: &mut [f32]) {
        if let Some(bias) = &self.bias {
            products.iter_mut().zip(&bias[first..]).for_each(|(y, b)| *y += b);
        }
    }
}

/// Where a product is written, and what is added to it on the way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) out: Place,
    pub(crate) residual: Option<Place>,
}

/// How many rows are multiplied as in decode, and as in prefill, with this matrix.
fn rows(run: &Run<'_>, lead: Lead, matrix: &Matrix, input: Input) -> (usize, usize) {
    let (all, decode) = (run.count(lead), run.decoded(lead));
    if input.prefill(run.isa, matrix).is_some() { (decode, all - decode) } else { (all, 0) }
}

/// Rows of prefill up to which unpacking, which is in order, is most of what an item costs.
const FEW: usize = 128;

/// Items of decode are small and alike, and so are those of a short prompt.
fn alike(run: &Run<'_>, lead: Lead) -> bool {
    run.count(lead) - run.decoded(lead) <= FEW
}

/// Whether a product with this matrix goes by rows, those of each thread by themselves: not where unpacking, which each thread would do
/// for all panels, is much beside multiplying.
fn at_home(run: &Run<'_>, lead: Lead, matrix: &Matrix, input: Input) -> bool {
    let is_quick = match input.prefill(run.isa, matrix) {
        None => true,
        Some((Form::Rounded, _)) => !run.isa.has_tiles(),
        Some((Form::Turned, _)) => false,
    };
    is_quick && home::are_many(run.count(lead), run.threads)
}

/// Items of a product, as they are shared out.
struct Items<'a, 'b> {
    run: &'a Run<'b>,
    lead: Lead,
    /// Of all matrices together.
    panels: usize,
    at_home: bool,
}

impl Items<'_, '_> {
    /// How a product with one of the matrices is cut, of which some rows are decoded and some read: what belongs to `home`, or all.
    fn cut(&self, (decode, prefill): (usize, usize), home: Option<usize>) -> Cut {
        let Self { run, panels, .. } = *self;
        let Some(home) = home else {
            return Cut::new(panels, (0..decode, 0..prefill), run.threads, PANELS);
        };
        let rows = |count| home::in_tiles(home, count, run.threads);
        let rows = match prefill {
            0 => (rows(decode), 0..0),
            _ => (if home == 0 { 0..decode } else { 0..0 }, rows(prefill)),
        };
        Cut::new(panels, rows, 1, PANELS)
    }

    /// Calls `each` with whose items they are, and which, until none is left; `count` says how many there are.
    fn take(
        &self,
        taken: &Taken,
        count: impl Fn(Option<usize>) -> usize,
        mut each: impl FnMut(Option<usize>, usize),
    ) -> ControlFlow<()> {
        let Self { run, lead, .. } = *self;
        if self.at_home {
            return take_at_home(run, taken, |home| count(Some(home)), |home, item| each(Some(home), item));
        }
        let items = count(None);
        let own = if alike(run, lead) { items * 3 / 4 / run.threads } else { 0 };
        Shares { items, own, chunk: 1 }.take(run, taken, |item| each(None, item))
    }
}

/// Runs items of a product with several matrices.
///
/// # Safety
/// As for [`WorkOp::run`](super::work::WorkOp::run).
pub(super) unsafe fn products(
    run: &Run<'_>,
    input: Input,
    parts: &[Part],
    lead: Lead,
    to: Written,
    taken: &Taken,
    scratch: &mut Scratch,
) -> ControlFlow<()> {
    let panels = parts.iter().map(|p| p.matrix.panels()).sum();
    let at_home = parts.iter().all(|part| at_home(run, lead, &part.matrix, input));
    let items = Items { run, lead, panels, at_home };
    let cut = |part: &Part, home| items.cut(rows(run, lead, &part.matrix, input), home);
    let count = |home| parts.iter().map(|part| cut(part, home).items(part.matrix.panels())).sum();
    items.take(taken, count, |home, mut item| {
        for part in parts {
            let (cut, panels) = (cut(part, home), part.matrix.panels());
            if item < cut.items(panels) {
                let Item { panels, decode, prefill } = cut.item(item, panels);
                // SAFETY: these columns of these rows belong to this thread alone.
                unsafe {
                    decode::product(run, input, part, panels.clone(), decode, to, scratch);
                    prefill::product(run, (input, lead), part, panels, prefill, to, scratch);
                }
                return;
            }
            item -= cut.items(panels);
        }
    })
}

/// Runs items of a gated product.
///
/// # Safety
/// As for [`WorkOp::run`](super::work::WorkOp::run).
pub(super) unsafe fn gated_products(
    run: &Run<'_>,
    input: Input,
    matrices: [&Matrix; 2],
    lead: Lead,
    out: Out,
    taken: &Taken,
    scratch: &mut Scratch,
) -> ControlFlow<()> {
    // Both matrices take the rounded form, or it is not there.
    let rows = rows(run, lead, matrices[0], input);
    let panels = matrices[0].panels();
    // Twice as many panels as the items have.
    let at_home = at_home(run, lead, matrices[0], input);
    let items = Items { run, lead, panels: panels * 2, at_home };
    let cut = |home| items.cut(rows, home);
    items.take(
        taken,
        |home| cut(home).items(panels),
        |home, item| {
            let Item { panels, decode, prefill } = cut(home).item(item, panels);
            // SAFETY: these columns of these rows belong to this thread alone.
            unsafe {
                decode::gated(run, input, matrices, panels.clone(), decode, out.x, scratch);
                prefill::gated(run, (input, lead), matrices, panels, prefill, out, scratch);
            }
        },
    )
}
