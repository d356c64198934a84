use super::*;

/// Three bundles of words, each around an axis of its own.
fn bundles() -> Embeddings {
    let matrix = Array2::from_shape_fn((90, 8), |(i, j)| {
        let chance = ((i * 31 + j * 17) * 2_654_435_761 % 1000) as f32 / 1000.0 - 0.5;
        f32::from(u8::from(i % 3 == j)) + 0.3 * chance
    });
    let words = (0..90).map(|i| (format!("w{i}"), 90 - i));
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(words, matrix),
        Metadata::default(),
    )
}

fn all(n: u32) -> Vec<u32> {
    (0..n).collect()
}

#[test]
fn words_that_are_near_lie_together() {
    for method in [Method::Tsne, Method::Pca] {
        let options = MapOptions {
            method,
            ..MapOptions::default()
        };
        let map = WordMap::draw(&bundles(), &all(90), &options, &mut |_, _| {}).unwrap();
        let mut wrong = 0;
        for (i, a) in map.points().iter().enumerate() {
            let distance = |j: &usize| {
                let b = map.points()[*j];
                (a[0] - b[0]).hypot(a[1] - b[1])
            };
            let others = (0..90).filter(|j| *j != i);
            let nearest = others
                .min_by(|a, b| distance(a).total_cmp(&distance(b)))
                .unwrap();
            wrong += usize::from(nearest % 3 != i % 3);
        }
        assert!(wrong <= 2, "{method:?}: {wrong} of 90");
    }
}

#[test]
fn one_seed_gives_one_map_with_any_number_of_threads() {
    let draw = |seed, threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let options = MapOptions {
            seed,
            ..MapOptions::default()
        };
        pool.install(|| WordMap::draw(&bundles(), &all(90), &options, &mut |_, _| {}).unwrap())
    };
    assert_eq!(draw(1, 1).points(), draw(1, 3).points());
    assert_ne!(draw(1, 1).points(), draw(2, 1).points());
}

#[test]
fn the_neighbours_are_those_of_a_query() {
    let words = bundles();
    let options = MapOptions {
        steps: 1,
        ..MapOptions::default()
    };
    let map = WordMap::draw(&words, &all(90), &options, &mut |_, _| {}).unwrap();
    let want = crate::query::nearest(&words, "w5", 10).unwrap();
    assert_eq!(
        map.graph().ids(5),
        want.iter().map(|n| n.id).collect::<Vec<_>>()
    );
    for (a, b) in map.graph().cosines(5).iter().zip(&want) {
        assert!((a - b.similarity).abs() < 1e-6);
    }
}

#[test]
fn what_has_no_direction_is_left_out_and_too_little_refused() {
    let mut matrix = Array2::ones((5, 2));
    matrix[[1, 0]] = f32::NAN;
    matrix.row_mut(2).fill(0.0);
    let words = (0..5).map(|i| (i.to_string(), 0));
    let words = OwnedEmbeddings::from_words(words, matrix);
    let words = Embeddings::from_owned(words, Metadata::default());
    let draw = |n| WordMap::draw(&words, &all(n), &MapOptions::default(), &mut |_, _| {});
    // Three words in one place still have a map.
    let map = draw(5).unwrap();
    assert_eq!((map.len(), map.word(1)), (3, "3"));
    assert!(map.points().iter().flatten().all(|x| x.is_finite()));
    let refused = draw(4).unwrap_err().to_string();
    assert_eq!(
        refused,
        "a map needs at least 3 words with a direction, found 2; ask for more words"
    );
}
