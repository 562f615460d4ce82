//! What goes in comes out, to the bit, or is refused.

use proptest::prelude::*;

use super::*;
use crate::kernels::half::f32_to_f16;

/// Packs rows of numbers, and takes them out again; none if they are refused.
fn there_and_back(isa: Isa, dtype: DType, rows: &[Vec<u16>]) -> Option<Vec<Vec<u16>>> {
    let cols = rows[0].len();
    let bytes: Vec<u8> = rows.concat().into_iter().flat_map(u16::to_le_bytes).collect();
    let matrix = WeightRef { dtype, rows: rows.len(), cols, bytes: &bytes };
    let mut panel = vec![0xaa; panel_bytes(cols)];
    pack(isa, matrix, 0, &mut panel).then(|| {
        (0..rows.len())
            .map(|lane| {
                let mut row = vec![f32::NAN; cols];
                unpack_row(&panel, lane, &mut row);
                row.into_iter().map(|x| (x.to_bits() >> 16) as u16).collect()
            })
            .collect()
    })
}

fn check(dtype: DType, rows: &[Vec<u16>], taken: Option<&[Vec<u16>]>) {
    for isa in Isa::available() {
        assert_eq!(there_and_back(isa, dtype, rows).as_deref(), taken, "{dtype}, {isa:?}");
    }
}

/// `count` rows of numbers between one and two, but for those that are given.
fn rows(count: usize, cols: usize, others: &[u16]) -> Vec<Vec<u16>> {
    let number = |i: usize| 0x3f80 + (i * 37 % 128) as u16;
    let mut rows: Vec<Vec<u16>> = (0..count).map(|row| (row..row + cols).map(number).collect()).collect();
    for (i, number) in others.iter().enumerate() {
        rows[i % count][i * 11 % cols] = *number;
    }
    rows
}

#[test]
fn what_has_no_code_comes_back_too() {
    let (nothing, smallest, infinite, negative) = (0x0000, 0x0001, 0x7f80, 0x8000);
    let rows = rows(PANEL, 64, &[nothing, negative, smallest, infinite, 0xff7f, 0x2a55, 0xaa55]);
    check(DType::Bf16, &rows, Some(&rows));
}

#[test]
fn a_panel_need_not_be_full() {
    let rows = rows(3, 8, &[0x3000]);
    check(DType::Bf16, &rows, Some(&rows));
}

/// One in 16 columns, more only as whole lines allow it.
#[test]
fn more_than_there_is_room_for_is_refused() {
    let room = (head_bytes(512) - CODES) / Exception::BYTES;
    let small: Vec<u16> = (0..=room as u16).map(|i| 0x2000 + i).collect();
    let full = rows(PANEL, 512, &small[..room]);
    check(DType::Bf16, &full, Some(&full));
    check(DType::Bf16, &rows(PANEL, 512, &small), None);
}

#[test]
fn binary16_is_taken_if_its_numbers_are_bfloat16() {
    let value = |i: usize| (1.0 + (i % 128) as f32 / 128.0) * if i.is_multiple_of(3) { -0.03 } else { 0.5 };
    let bf16 = |i: usize| (value(i).to_bits() >> 16) as u16;
    let binary16 = |i: usize| f32_to_f16(bf16_to_f32(bf16(i)));
    let all =
        |number: &dyn Fn(usize) -> u16| (0..4).map(|row| (row..row + 16).map(number).collect()).collect();
    let (mut stored, wanted): (Vec<Vec<u16>>, Vec<Vec<u16>>) = (all(&binary16), all(&bf16));
    check(DType::F16, &stored, Some(&wanted));
    stored[3][15] |= 1;
    check(DType::F16, &stored, None);
}

proptest! {
    /// Whatever the numbers are: as long as most are of similar size.
    #[test]
    fn numbers_come_back_to_the_bit(
        blocks in 1_usize..12,
        count in 1_usize..=PANEL,
        size in 1_u16..0x70,
        bits in prop::collection::vec(any::<u16>(), 300..400),
        others in prop::collection::vec((any::<prop::sample::Index>(), any::<u16>()), 0..6),
    ) {
        let cols = blocks * BLOCK;
        // Upper bytes from one size to the sixth above it.
        let number = |i: usize| {
            let bits = bits[i % bits.len()];
            bits & 0x80ff | (size + (bits >> 8 & 0x7f) % SIZES) << 8
        };
        let mut rows: Vec<Vec<u16>> =
            (0..count).map(|row| (0..cols).map(|column| number(row * 101 + column)).collect()).collect();
        for (at, bits) in others {
            let at = at.index(count * cols);
            rows[at / cols][at % cols] = bits;
        }
        check(DType::Bf16, &rows, Some(&rows));
    }
}
