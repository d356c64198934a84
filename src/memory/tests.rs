//! The shared matrix: its layout, its limits, and what racing threads may and may not see.

use super::{Form, RowSet, SharedMatrix, Stepper};
use crate::kernels::Kernel;

#[test]
fn rows_begin_on_cache_lines_and_are_zero() {
    for dim in [1, 15, 16, 17, 100] {
        let matrix = SharedMatrix::zeroed(5, dim).unwrap();
        let mut row = vec![1.0; dim];
        for id in 0..5 {
            assert_eq!(matrix.row_ptr(id).align_offset(64), 0);
            matrix.read_row(id, &mut row);
            assert!(row.iter().all(|x| *x == 0.0));
        }
    }
}

#[test]
fn a_row_holds_what_was_written_and_its_neighbours_do_not() {
    let matrix = SharedMatrix::zeroed(3, 7).unwrap();
    let row: Vec<f32> = (1..=7).map(|x| x as f32).collect();
    matrix.write_row(1, &row);
    let mut found = vec![0.0; 7];
    matrix.read_row(1, &mut found);
    assert_eq!(found, row);
    for neighbour in [0, 2] {
        matrix.read_row(neighbour, &mut found);
        assert_eq!(found, [0.0; 7]);
    }
}

#[test]
#[should_panic(expected = "row 3 of 3")]
fn a_row_that_is_not_there() {
    SharedMatrix::zeroed(3, 7)
        .unwrap()
        .read_row(3, &mut [0.0; 7]);
}

#[test]
fn a_matrix_larger_than_any_memory_is_an_error() {
    let error = SharedMatrix::zeroed(usize::MAX / 8, 65_536).unwrap_err();
    assert!(
        error.to_string().contains("no memory for a matrix"),
        "{error}"
    );
}

/// Sizes whose products are too large for any number are refused like any other that is too large.
#[test]
fn a_matrix_larger_than_any_number_is_an_error() {
    for (rows, dim) in [
        (1, usize::MAX),
        (1, usize::MAX - 20),
        (usize::MAX, 1),
        (1 << 40, 1 << 40),
    ] {
        assert!(SharedMatrix::zeroed(rows, dim).is_err(), "{rows} {dim}");
        assert!(SharedMatrix::bytes_for(rows, dim) > 1 << 60);
    }
}

#[test]
#[should_panic(expected = "MOST_ROWS")]
fn windows_larger_than_any_number() {
    let (input, output) = (SharedMatrix::zeroed(4, 8), SharedMatrix::zeroed(4, 8));
    let both = (&input.unwrap(), &output.unwrap());
    Stepper::new(
        Kernel::Portable,
        Form::SkipGram,
        both,
        [usize::MAX / 2, 2, 10],
    );
}

#[test]
#[should_panic(expected = "radius <= self.window")]
fn a_radius_beyond_the_window() {
    let (input, output) = (SharedMatrix::zeroed(4, 8), SharedMatrix::zeroed(4, 8));
    let both = (&input.unwrap(), &output.unwrap());
    let mut stepper = Stepper::new(Kernel::Portable, Form::SkipGram, both, [1, 2, 10]);
    stepper.sentence(&[0, 1, 2], &[0, 3, 1, 3, 2, 3]);
    stepper.step(1, 2, 0.1);
}

/// Every kernel's stores are seen whole, float by float: each of four threads pulls one pair of rows
/// towards each other, and no float is ever anything that no thread wrote.
#[test]
fn racing_threads_leave_sane_floats() {
    for kernel in Kernel::available() {
        for form in [Form::SkipGram, Form::CbowSum, Form::CbowMean] {
            let matrix = || SharedMatrix::zeroed(4, 40).unwrap();
            let (input, output) = (matrix(), matrix());
            for id in 0..4 {
                input.write_row(id, &[0.1 + id as f32 * 0.01; 40]);
                output.write_row(id, &[0.1; 40]);
            }
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let both = (&input, &output);
                        let mut stepper = Stepper::new(kernel, form, both, [2, 2, 4]);
                        for _ in 0..300 {
                            stepper.sentence(&[0, 1, 2, 3], &[0, 3, 1, 3, 2, 3, 3, 0]);
                            for centre in 0..4 {
                                stepper.step(centre, 2, 0.01);
                            }
                        }
                        let (loss, pairs) = stepper.take_loss().total();
                        assert!(loss.is_finite() && loss > 0.0 && pairs > 0);
                    });
                }
            });
            let mut row = [0.0; 40];
            for id in 0..4 {
                for matrix in [&input, &output] {
                    matrix.read_row(id, &mut row);
                    assert!(
                        row.iter().all(|x| x.is_finite() && x.abs() < 10.0),
                        "{kernel}"
                    );
                }
            }
        }
    }
}

/// A step changes no frozen row, and everything else as if that row had been put back after it.
#[test]
fn frozen_rows_stay_and_steps_meet_them_as_they_are() {
    let (rows, dim, outputs) = (6_u32, 20, [0, 3, 1, 4, 2, 5, 1, 0, 3, 2]);
    let fill = |seed: u32| {
        let matrix = SharedMatrix::zeroed(rows as usize, dim).unwrap();
        for id in 0..rows {
            let x = |i| ((seed + id * 37 + i * 11) % 23) as f32 / 40.0 - 0.25;
            let row: Vec<f32> = (0..dim as u32).map(x).collect();
            matrix.write_row(id, &row);
        }
        matrix
    };
    let row = |matrix: &SharedMatrix, id| {
        let mut row = vec![0.0; dim];
        matrix.read_row(id, &mut row);
        row
    };
    let frozen = RowSet::from_iter([4, 1, 1]);
    assert_eq!(
        (frozen.len(), frozen.contains(4), frozen.contains(0)),
        (2, true, false)
    );
    for kernel in Kernel::available() {
        for form in [Form::SkipGram, Form::CbowSum, Form::CbowMean] {
            let both = [(fill(1), fill(2)), (fill(1), fill(2))];
            let [mut stepper, mut other] = both
                .each_ref()
                .map(|(input, output)| Stepper::new(kernel, form, (input, output), [1, 2, 5]));
            stepper.freeze(Some(&frozen));
            // No word twice in a window: there the other's updates would meet.
            let words = [1, 0, 4, 2, 1];
            for _ in 0..3 {
                stepper.sentence(&words, &outputs);
                other.sentence(&words, &outputs);
                for centre in 0..words.len() {
                    stepper.step(centre, 1, 0.3);
                    other.step(centre, 1, 0.3);
                    for id in [1, 4] {
                        both[1].0.write_row(id, &row(&fill(1), id));
                    }
                }
            }
            for id in 0..rows {
                assert_eq!(
                    row(&both[0].0, id),
                    row(&both[1].0, id),
                    "{kernel} {form:?}"
                );
                assert_eq!(
                    row(&both[0].1, id),
                    row(&both[1].1, id),
                    "{kernel} {form:?}"
                );
                if frozen.contains(id) {
                    assert_eq!(row(&both[0].0, id), row(&fill(1), id), "{kernel} {form:?}");
                } else if words.contains(&id) {
                    assert_ne!(row(&both[0].0, id), row(&fill(1), id), "{kernel} {form:?}");
                }
            }
        }
    }
}

/// What one step of a lone stepper adds to input row 0 and output row 1.
fn one_step(input: &SharedMatrix, output: &SharedMatrix) -> [Vec<f32>; 2] {
    let rows = || {
        let mut found = [vec![0.0; 8], vec![0.0; 8]];
        input.read_row(0, &mut found[0]);
        output.read_row(1, &mut found[1]);
        found
    };
    let before = rows();
    let mut stepper = stepper(input, output);
    stepper.sentence(&[0, 1], &[0, 2, 1, 2]);
    stepper.step(1, 1, 0.5);
    let after = rows();
    [0, 1].map(|i| {
        let pair = after[i].iter().zip(&before[i]);
        pair.map(|(after, before)| after - before).collect()
    })
}

fn stepper<'m>(input: &'m SharedMatrix, output: &'m SharedMatrix) -> Stepper<'m> {
    Stepper::new(Kernel::best(), Form::SkipGram, (input, output), [1, 2, 10])
}

/// Two matrices of 4 rows of 8 floats, all of them not zero.
fn matrices() -> [SharedMatrix; 2] {
    [0.25, -0.5].map(|x| {
        let matrix = SharedMatrix::zeroed(4, 8).unwrap();
        (0..4).for_each(|id| matrix.write_row(id, &[x + id as f32 / 16.0; 8]));
        matrix
    })
}

#[test]
#[should_panic(expected = "centre < self.words.len()")]
fn no_step_is_made_on_copies_that_are_gone() {
    let [input, output] = matrices();
    let mut worker = stepper(&input, &output);
    worker.replicate(&[0.5, 0.5]);
    worker.sentence(&[0, 1], &[0, 2, 1, 2]);
    worker.replicate(&[]);
    worker.step(1, 1, 0.5);
}

#[test]
fn copies_learn_alone_until_they_are_merged_by_their_shares() {
    let [input, output] = matrices();
    let learnt = one_step(&input, &output);

    let [input, output] = matrices();
    let mut workers = [(); 2].map(|()| stepper(&input, &output));
    for worker in &mut workers {
        worker.replicate(&[0.5, 0.5]);
        worker.sentence(&[0, 1], &[0, 2, 1, 2]);
        worker.step(1, 1, 0.5);
    }
    let [still_input, still_output] = matrices();
    let row = |matrix: &SharedMatrix, id| {
        let mut row = vec![0.0; 8];
        matrix.read_row(id, &mut row);
        row
    };
    assert_eq!(row(&input, 0), row(&still_input, 0));
    assert_eq!(row(&output, 1), row(&still_output, 1));
    assert_ne!(row(&output, 2), row(&still_output, 2), "has no copies");

    // Output row 2, which both share, was another one for the second worker: so only near.
    workers.iter_mut().for_each(Stepper::merge);
    for (matrix, then, id, learnt) in [
        (&input, &still_input, 0, &learnt[0]),
        (&output, &still_output, 1, &learnt[1]),
    ] {
        for ((now, then), learnt) in row(matrix, id).iter().zip(row(then, id)).zip(learnt) {
            assert!(
                (now - then - learnt).abs() < 0.05 * learnt.abs(),
                "{now} {then} {learnt}"
            );
        }
    }
    // The first worker takes what the second has given with the next merge, and gives nothing again.
    let before = row(&input, 0);
    workers.iter_mut().for_each(Stepper::merge);
    assert_eq!(row(&input, 0), before);
}

/// While one thread steps on a row with a learning rate of 0, which writes what it read, and another
/// writes one of two patterns again and again, each float that anybody reads is one of the two.
#[test]
fn a_float_is_never_torn() {
    let patterns = [f32::from_bits(0x3E12_3456), f32::from_bits(0x3F65_4321)];
    for kernel in Kernel::available() {
        for form in [Form::SkipGram, Form::CbowSum, Form::CbowMean] {
            let matrix = || SharedMatrix::zeroed(3, 40).unwrap();
            let (input, output) = (matrix(), matrix());
            for id in 0..3 {
                input.write_row(id, &[patterns[0]; 40]);
                output.write_row(id, &[patterns[1]; 40]);
            }
            std::thread::scope(|scope| {
                let stepping = scope.spawn(|| {
                    let mut stepper = Stepper::new(kernel, form, (&input, &output), [2, 2, 3]);
                    for _ in 0..500 {
                        stepper.sentence(&[0, 1, 2], &[0, 2, 1, 0, 2, 1]);
                        (0..3).for_each(|centre| stepper.step(centre, 2, 0.0));
                    }
                });
                let mut row = [0.0; 40];
                let mut turn = 0;
                while !stepping.is_finished() {
                    turn += 1;
                    for (matrix, id) in [(&input, 1), (&output, 2)] {
                        matrix.write_row(id, &[patterns[turn % 2]; 40]);
                        matrix.read_row(id, &mut row);
                        let whole = |x: &f32| patterns.contains(x);
                        assert!(row.iter().all(whole), "{kernel} {form:?}: {row:?}");
                    }
                }
            });
        }
    }
}

/// Threads that share no row leave none of their traces in each other's: each matrix ends as if
/// they had worked one after the other.
#[test]
fn threads_on_rows_of_their_own_do_not_meet() {
    let rows = 12_u32;
    let begin = || {
        let matrix = SharedMatrix::zeroed(rows as usize, 37).unwrap();
        for id in 0..rows {
            let x = |i: u32| ((id * 31 + i * 7) % 19) as f32 / 30.0 - 0.3;
            matrix.write_row(id, &(0..37).map(x).collect::<Vec<_>>());
        }
        matrix
    };
    let bits = |matrix: &SharedMatrix| {
        let mut row = vec![0.0; 37];
        let mut all = Vec::new();
        for id in 0..rows {
            matrix.read_row(id, &mut row);
            all.extend(row.iter().map(|x| x.to_bits()));
        }
        all
    };
    for kernel in Kernel::available() {
        for form in [Form::SkipGram, Form::CbowSum, Form::CbowMean] {
            // Each has every fourth row, so that neighbours are of different threads.
            let work = |both: (&SharedMatrix, &SharedMatrix), thread: u32| {
                let mut stepper = Stepper::new(kernel, form, both, [2, 2, 3]);
                let [a, b, c] = [0, 4, 8].map(|row| row + thread);
                for _ in 0..200 {
                    stepper.sentence(&[a, b, c], &[a, b, b, c, c, a]);
                    (0..3).for_each(|centre| stepper.step(centre, 1, 0.05));
                }
            };
            let (together, in_turn) = ((begin(), begin()), (begin(), begin()));
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let both = (&together.0, &together.1);
                    scope.spawn(move || work(both, thread));
                }
            });
            (0..4).for_each(|thread| work((&in_turn.0, &in_turn.1), thread));
            assert_eq!(bits(&together.0), bits(&in_turn.0), "{kernel} {form:?}");
            assert_eq!(bits(&together.1), bits(&in_turn.1), "{kernel} {form:?}");
            assert_ne!(bits(&together.0), bits(&begin()), "{kernel} {form:?}");
        }
    }
}
