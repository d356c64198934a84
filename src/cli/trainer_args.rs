//! The trainer's options as typed; their help, ranges and defaults come from the library's table.

use w2v::train::{SETTINGS, TrainOptions};

/// The table's line for the option `field`, with its range.
fn help(field: &str) -> String {
    let name = field.replace('_', "-");
    SETTINGS
        .iter()
        .find(|setting| setting.name == name)
        .map(|setting| format!("{} ({})", setting.help, setting.range))
        .unwrap_or_default()
}

/// Declares the options: one line each, named as the field of [`TrainOptions`] that it sets.
macro_rules! trainer_options {
    ($($field:ident: $type:ty, $value:literal);+ $(;)?) => {
        /// The trainer's options.
        #[derive(Debug, clap::Args)]
        #[command(next_help_heading = "Training")]
        pub(crate) struct TrainerArgs {
            $(
                #[arg(
                    long,
                    value_name = $value,
                    help = help(stringify!($field)),
                    default_value_t = TrainOptions::default().$field,
                    allow_negative_numbers = true
                )]
                $field: $type,
            )+
        }

        impl TrainerArgs {
            /// The same as plain data for the library, which checks it.
            pub(crate) fn options(&self) -> TrainOptions {
                TrainOptions {
                    $($field: self.$field,)+
                    ..TrainOptions::default()
                }
            }
        }
    };
}

trainer_options! {
    dim: usize, "N";
    window: usize, "N";
    negatives: usize, "N";
    epochs: usize, "N";
    lr: f64, "RATE";
    subsample: f64, "T";
    noise_power: f64, "P";
    threads: usize, "N";
    seed: u64, "N";
}
