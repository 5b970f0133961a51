export default 'éÿ';
