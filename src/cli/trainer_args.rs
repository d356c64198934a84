//! The trainer's options as typed; their help, ranges and defaults come from the library's table.

use std::fmt::Display;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use w2v::kernels::Kernel;
use w2v::train::{CbowGradient, Objective, Preset, SETTINGS, TrainOptions, Vectors};

/// The table's line for the option `field`, with its range and its default.
fn help(field: &str, default: impl Display) -> String {
    let name = field.replace('_', "-");
    SETTINGS
        .iter()
        .find(|setting| setting.name == name)
        .map(|setting| {
            let (help, range) = (setting.help, setting.range);
            format!("{help} ({range}) [default: {default}]")
        })
        .unwrap_or_default()
}

/// Takes one of `all` by its name.
pub(crate) fn choice<T>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let names = PossibleValuesParser::new(all.iter().map(|value| name(*value)));
    names.try_map(move |typed| {
        let found = all.iter().copied().find(|value| name(*value) == typed);
        found.ok_or("not among the names")
    })
}

/// Declares the options, each named as the field of [`TrainOptions`] that it sets. A number is one
/// line; a choice names its values and says what it is.
macro_rules! trainer_options {
    (
        numbers { $($number:ident: $type:ty, $value:literal;)+ }
        choices { $($choice:ident: $enum:ident, [$($variant:ident),+], $help:literal;)* }
    ) => {
        /// The trainer's options.
        #[derive(Debug, clap::Args)]
        #[command(next_help_heading = "Training")]
        pub(crate) struct TrainerArgs {
            /// Sizes and rates that suit each other: balanced; fast, half the passes and fewer negatives; best,
            /// 400 floats, wider windows, more negatives and passes. What is typed counts before it
            #[arg(
                long,
                value_parser = choice(&[Preset::Fast, Preset::Balanced, Preset::Best], Preset::name),
                default_value = Preset::Balanced.name(),
                hide_possible_values = true
            )]
            preset: Preset,
            $(
                #[arg(
                    long,
                    value_name = $value,
                    help = help(stringify!($number), TrainOptions::default().$number)
                )]
                $number: Option<$type>,
            )+
            $(
                #[arg(
                    long,
                    help = format!("{} [default: {}]", $help, TrainOptions::default().$choice.name()),
                    value_parser = choice(&[$($enum::$variant),+], $enum::name),
                    hide_possible_values = true
                )]
                $choice: Option<$enum>,
            )*
            /// Learn weights for each position in the window of CBOW
            #[arg(long)]
            position_weights: bool,
            /// Keep the output rows in the file, too, so that it can be trained further (--continue);
            /// doubles its size
            #[arg(long)]
            keep_output: bool,
            /// The same bytes for any number of threads: steps are made one after the other, while another
            /// thread prepares them
            #[arg(long)]
            deterministic: bool,
            /// Family of kernels [default: the fastest that this processor runs]
            #[arg(long, value_parser = choice(&Kernel::ALL, Kernel::name))]
            kernel: Option<Kernel>,
        }

        impl TrainerArgs {
            /// Whether output rows were asked for.
            pub(crate) fn keeps_output(&self) -> bool {
                self.keep_output
            }

            /// What suits objective and preset; the objective is that of `begun` where none was typed.
            pub(crate) fn usual(&self, begun: &TrainOptions) -> TrainOptions {
                TrainOptions::of(
                    self.objective.unwrap_or(begun.objective),
                    self.cbow_gradient.unwrap_or(begun.cbow_gradient),
                )
                .preset(self.preset)
            }

            /// The same as plain data for the library, which checks it; what was not typed is taken
            /// from `defaults`, which depend on what is trained.
            pub(crate) fn options(&self, defaults: &TrainOptions) -> TrainOptions {
                let mut options = TrainOptions {
                    input: defaults.input,
                    walks: defaults.walks,
                    $($number: self.$number.unwrap_or(defaults.$number),)+
                    $($choice: self.$choice.unwrap_or(defaults.$choice),)*
                    position_weights: self.position_weights || defaults.position_weights,
                    keep_output: self.keep_output || defaults.keep_output,
                    deterministic: self.deterministic || defaults.deterministic,
                    kernel: self.kernel.or(defaults.kernel),
                };
                if options.keep_output && self.vectors.is_none() {
                    // Only input rows can be trained further.
                    options.vectors = Vectors::Input;
                }
                options
            }
        }
    };
}

trainer_options! {
    numbers {
        dim: usize, "N";
        window: usize, "N";
        negatives: usize, "N";
        epochs: usize, "N";
        lr: f64, "RATE";
        subsample: f64, "SHARE";
        noise_power: f64, "POWER";
        output_decay: f64, "SHARE";
        threads: usize, "N";
        seed: u64, "N";
    }
    choices {
        objective: Objective, [SkipGram, Cbow],
            "What predicts a word: skipgram, each word of its window; cbow, their mean";
        cbow_gradient: CbowGradient, [Sum, Mean],
            "What each word of a CBOW window is given: sum, as in word2vec, or mean, its share of the mean's gradient (wants 3 to 4 times the --lr, which then is 0.2 by default)";
        vectors: Vectors, [Input, Combined],
            "Which vectors are kept: input, as word2vec does, or combined, which add the turned output rows and are better at analogies (input is the default beside --keep-output and given vectors; vectors of more than 1024 floats are kept as they are)";
    }
}
