//! What layers ask of their inputs, with the words for inputs that do not fit.

use pg_base::{Param, ParamValues, Trouble, Words, say};

use crate::spec::Signal;

/// The parameter as a size; its range keeps it from being negative.
pub(super) fn size(param: &Param<i64>, values: &ParamValues) -> usize {
    usize::try_from(param.of(values)).unwrap_or_default()
}

/// The first input, for layers with one.
pub(super) fn first(inputs: &[Signal]) -> Result<&Signal, Trouble> {
    inputs.first().ok_or_else(|| Trouble::internal("a layer without an input"))
}

/// Numbers of any shape.
pub(super) fn numbers(inputs: &[Signal]) -> Result<&Signal, Trouble> {
    let signal = first(inputs)?;
    if signal.vocabulary.is_none() && !signal.shape.is_empty() {
        return Ok(signal);
    }
    Err(unfit(signal, say!("numbers", "数字"), advice_for(signal)))
}

/// `[features]`.
pub(super) fn vector(inputs: &[Signal]) -> Result<usize, Trouble> {
    let signal = first(inputs)?;
    match (signal.vocabulary, signal.shape.as_slice()) {
        (None, [n_features]) => Ok(*n_features),
        _ => Err(unfit(
            signal,
            say!("a list of numbers per row", "每行一组数字"),
            advice_for(signal),
        )),
    }
}

/// `[features]` or `[length, features]` as `(positions, features)`.
pub(super) fn last_features(inputs: &[Signal]) -> Result<(usize, usize), Trouble> {
    let signal = first(inputs)?;
    match (signal.vocabulary, signal.shape.as_slice()) {
        (None, [n_features]) => Ok((1, *n_features)),
        (None, [length, n_features]) => Ok((*length, *n_features)),
        _ => Err(unfit(
            signal,
            say!(
                "a list of numbers per row, or a sequence of such lists",
                "每行一组数字，或由这样的组构成的序列"
            ),
            advice_for(signal),
        )),
    }
}

/// `[channels, height, width]`.
pub(super) fn picture(inputs: &[Signal]) -> Result<[usize; 3], Trouble> {
    let signal = first(inputs)?;
    match (signal.vocabulary, signal.shape.as_slice()) {
        (None, [channels, height, width]) => Ok([*channels, *height, *width]),
        _ => Err(unfit(
            signal,
            say!("pictures: channels × height × width", "图片：通道 × 高 × 宽"),
            say!(
                "This layer works on pictures. For a table use Dense, for text use Embedding.",
                "该层用于图片。表格请用全连接层，文本请用嵌入层。"
            ),
        )),
    }
}

/// `[length, features]`.
pub(super) fn sequence(inputs: &[Signal]) -> Result<[usize; 2], Trouble> {
    let signal = first(inputs)?;
    match (signal.vocabulary, signal.shape.as_slice()) {
        (None, [length, n_features]) => Ok([*length, *n_features]),
        (Some(_), _) => {
            Err(unfit(signal, say!("a sequence of numbers", "数字序列"), advice_for(signal)))
        }
        _ => Err(unfit(
            signal,
            say!("a sequence: length × features", "序列：长度 × 特征"),
            say!(
                "This layer works on sequences, such as text after an Embedding layer.",
                "该层用于序列，例如经过嵌入层的文本。"
            ),
        )),
    }
}

/// Token ids as `(length, vocabulary)`.
pub(super) fn ids(inputs: &[Signal]) -> Result<(usize, usize), Trouble> {
    let signal = first(inputs)?;
    match (signal.vocabulary, signal.shape.as_slice()) {
        (Some(vocabulary), [length]) => Ok((*length, vocabulary)),
        _ => Err(unfit(
            signal,
            say!("token ids", "词元编号"),
            say!("Feed it a text column through Tokenise.", "请先用“分词”处理文本列，再接入该层。"),
        )),
    }
}

/// The trouble of an input of the wrong shape.
pub(super) fn unfit(signal: &Signal, expected: Words, advice: Words) -> Trouble {
    let Words { en, zh } = describe(signal);
    Trouble::new("layer-unfit", say!("the input is {en}", "输入为{zh}"))
        .expected(expected)
        .advice(advice)
}

/// A shape in words.
pub(super) fn describe(signal: &Signal) -> Words {
    match (signal.vocabulary, signal.shape.as_slice()) {
        (Some(vocabulary), _) => {
            let label = signal.label();
            say!(
                "{label} token ids out of {vocabulary}",
                "{label} 个词元编号（词表大小 {vocabulary}）"
            )
        }
        (None, [n_features]) => say!("{n_features} numbers per row", "每行 {n_features} 个数字"),
        (None, [length, n_features]) => {
            say!("a sequence of {length} × {n_features}", "{length} × {n_features} 的序列")
        }
        (None, [channels, height, width]) => say!(
            "a picture of {channels} channels, {height} × {width}",
            "{channels} 通道、{height} × {width} 的图片"
        ),
        _ => {
            let label = signal.label();
            say!("of the shape {label}", "形状为 {label} 的数据")
        }
    }
}

fn advice_for(signal: &Signal) -> Words {
    match (signal.vocabulary, signal.shape.len()) {
        (Some(_), _) => say!("Add Embedding before it.", "请在其前添加嵌入层。"),
        (None, 3) => {
            say!("Add Flatten or Global pooling before it.", "请在其前添加展平或全局池化。")
        }
        (None, 2) => {
            say!("Add Sequence pooling or Flatten before it.", "请在其前添加序列池化或展平。")
        }
        _ => Words::default(),
    }
}
