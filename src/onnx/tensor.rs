//! Element types, dimensions, constant tensors and attributes, and how each becomes a protobuf message.

use crate::error::OnnxError;
use crate::proto::{
    AttributeProto, DimensionProto, DimensionValue, TensorProto, TensorShapeProto, TensorTypeProto,
    TypeProto, ValueInfoProto, attribute_type,
};

/// The element type of a tensor; the numbers are those of `TensorProto.DataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ElemType {
    F32 = 1,
    U8 = 2,
    I32 = 6,
    I64 = 7,
    Str = 8,
    Bool = 9,
    F64 = 11,
}

/// One dimension of an input or output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dim<'a> {
    /// A size that never changes.
    Fixed(i64),
    /// A size chosen by each call, such as `"N"` for the number of rows; equal symbols mean equal sizes.
    Symbol(&'a str),
}

/// A constant tensor in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    n_values: usize,
    elem: ElemType,
    raw: Option<Vec<u8>>,
    texts: Vec<Vec<u8>>,
}

/// The value of a node's attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attr {
    Int(i64),
    Ints(Vec<i64>),
    Float(f32),
    Floats(Vec<f32>),
    Str(String),
    Strings(Vec<String>),
    Tensor(Tensor),
}

impl ElemType {
    /// The number that ONNX gives this type.
    pub fn code(self) -> i32 {
        self as i32
    }

    /// The type with ONNX's number `code`, if this crate knows it.
    pub fn from_code(code: i32) -> Option<Self> {
        [Self::F32, Self::U8, Self::I32, Self::I64, Self::Str, Self::Bool, Self::F64]
            .into_iter()
            .find(|elem| elem.code() == code)
    }
}

impl Tensor {
    /// 32-bit floats; an empty `shape` is a scalar with one value.
    pub fn f32(shape: &[usize], data: &[f32]) -> Self {
        let mut raw = Vec::with_capacity(size_of_val(data));
        for value in data {
            raw.extend_from_slice(&value.to_le_bytes());
        }
        Self::fixed_width(ElemType::F32, shape, data.len(), raw)
    }

    /// 64-bit integers.
    pub fn i64(shape: &[usize], data: &[i64]) -> Self {
        let raw = data.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::fixed_width(ElemType::I64, shape, data.len(), raw)
    }

    /// Truth values.
    pub fn bool(shape: &[usize], data: &[bool]) -> Self {
        let raw = data.iter().map(|value| u8::from(*value)).collect();
        Self::fixed_width(ElemType::Bool, shape, data.len(), raw)
    }

    /// Texts in UTF-8.
    pub fn strings<S: AsRef<str>>(shape: &[usize], data: &[S]) -> Self {
        let texts = data.iter().map(|text| text.as_ref().as_bytes().to_vec()).collect();
        Self { shape: shape.to_vec(), n_values: data.len(), elem: ElemType::Str, raw: None, texts }
    }

    fn fixed_width(elem: ElemType, shape: &[usize], n_values: usize, raw: Vec<u8>) -> Self {
        Self { shape: shape.to_vec(), n_values, elem, raw: Some(raw), texts: Vec::new() }
    }

    /// Checks that the number of values is the one of the shape; `name` appears in the message.
    pub(crate) fn check(&self, name: &str) -> Result<(), OnnxError> {
        let n_expected =
            self.shape.iter().try_fold(1_usize, |product, dim| product.checked_mul(*dim));
        if n_expected == Some(self.n_values) {
            return Ok(());
        }
        Err(OnnxError::ShapeMismatch {
            name: name.to_owned(),
            shape: self.shape.clone(),
            n_values: self.n_values,
            n_expected: n_expected
                .map_or_else(|| "more than memory holds".to_owned(), |n| n.to_string()),
        })
    }

    pub(crate) fn into_proto(self, name: String) -> TensorProto {
        TensorProto {
            dims: self.shape.iter().map(|dim| *dim as i64).collect(),
            data_type: self.elem.code(),
            string_data: self.texts,
            name,
            raw_data: self.raw,
            doc_string: String::new(),
        }
    }
}

impl Attr {
    /// Sizes as an integer list.
    pub fn sizes(sizes: &[usize]) -> Self {
        Self::Ints(sizes.iter().map(|size| *size as i64).collect())
    }

    pub(crate) fn into_proto(self, name: &str) -> AttributeProto {
        let mut proto = AttributeProto { name: name.to_owned(), ..AttributeProto::default() };
        match self {
            Self::Int(value) => (proto.r#type, proto.i) = (attribute_type::INT, Some(value)),
            Self::Ints(values) => (proto.r#type, proto.ints) = (attribute_type::INTS, values),
            Self::Float(value) => (proto.r#type, proto.f) = (attribute_type::FLOAT, Some(value)),
            Self::Floats(values) => (proto.r#type, proto.floats) = (attribute_type::FLOATS, values),
            Self::Str(text) => {
                (proto.r#type, proto.s) = (attribute_type::STRING, Some(text.into_bytes()));
            }
            Self::Strings(texts) => {
                proto.r#type = attribute_type::STRINGS;
                proto.strings = texts.into_iter().map(String::into_bytes).collect();
            }
            Self::Tensor(tensor) => {
                proto.r#type = attribute_type::TENSOR;
                proto.t = Some(tensor.into_proto(String::new()));
            }
        }
        proto
    }
}

/// The declaration of an input or output, or what is wrong with it.
pub(crate) fn value_info(
    name: &str,
    elem: ElemType,
    dims: &[Dim<'_>],
) -> Result<ValueInfoProto, OnnxError> {
    let invalid =
        |reason: String| OnnxError::Invalid { place: format!("the ONNX value \"{name}\""), reason };
    if name.is_empty() {
        return Err(invalid(
            "found an empty name; expected a name: give the column or output one".to_owned(),
        ));
    }
    let mut dim_protos = Vec::with_capacity(dims.len());
    for dim in dims {
        let value = match *dim {
            Dim::Fixed(size) if size < 0 => {
                return Err(invalid(format!(
                    "found the size {size}; expected zero or more: use a symbol for a size known only later"
                )));
            }
            Dim::Symbol("") => {
                return Err(invalid(
                    "found a size without a name; expected a symbol such as N".to_owned(),
                ));
            }
            Dim::Fixed(size) => DimensionValue::DimValue(size),
            Dim::Symbol(symbol) => DimensionValue::DimParam(symbol.to_owned()),
        };
        dim_protos.push(DimensionProto { value: Some(value) });
    }
    let tensor_type = TensorTypeProto {
        elem_type: elem.code(),
        shape: Some(TensorShapeProto { dim: dim_protos }),
    };
    Ok(ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto { tensor_type: Some(tensor_type) }),
        doc_string: String::new(),
    })
}
